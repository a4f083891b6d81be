package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.PoolSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExplanationTest {

    @TempDir
    private Path directory;

    /** The examples for operators are valid too, except that their programs are not installed here. */
    @ParameterizedTest
    @ValueSource(strings = {"basic", "web", "proxy"})
    void theExamplesAreExplained(String name) {
        SupervisorConfig config = SupervisorConfig.read(Path.of("examples", name + ".yaml"), Path.of("/"), Map.of());
        assertThat(Explanation.of(config, 7)).isEqualTo(TestFiles.resource("explain-" + name + ".txt"));
        assertThat(ConfigCheck.run(config, ConfigCheck.Host.current()))
                .filteredOn(diagnostic -> diagnostic.severity() == Diagnostic.Severity.ERROR)
                .allMatch(diagnostic -> diagnostic.key().endsWith(".exec"));
    }

    @Test
    void unusualPoolsAreExplained() {
        SupervisorConfig config = TestFiles.in(directory).read("""
                exit_on_give_up: any
                shutdown: {deadline: 5s}
                supervisor:
                  workers:
                    - {name: off, replicas: 0, exec: sh}
                    - {name: place, replicas: 2, exec: sh, user: daemon, limits: {lifespan: 1h}, desired_healthy_percentage: 50,
                       recycle: {order: stop-first}, restart: {jitter: 0}, max_restarts: 0}
                    - {name: many, replicas: 90, exec: sh, listen: {port: 80, worker_port: 9000}, limits: {lifespan: 1h, memory: 100MiB}, recycle: {max_unavailable: 3}}
                """);
        assertThat(Explanation.of(config, 7).replace(directory.toString(), "/here"))
                .isEqualTo(TestFiles.resource("explain-odd.txt"));
    }

    @RepeatedTest(200)
    void atMostMaxUnavailableWorkersAreReplacedAtOnce(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
        int atOnce = random.nextInt(1, 5);
        PoolSpec spec = TestFiles.in(directory)
                .pool("""
                        replicas: %d
                        startup_wait_time: %dms
                        limits: {lifespan: %ds, jitter_ratio: %s}
                        recycle: {order: %s, max_unavailable: %d}
                        """.formatted(
                                random.nextInt(1, 12),
                                random.nextInt(0, 3000),
                                random.nextInt(5, 300),
                                random.nextDouble(),
                                random.nextBoolean() ? "start-first" : "stop-first",
                                atOnce))
                .pools()
                .getFirst()
                .spec();
        List<ReplacementSchedule.Row> rows = ReplacementSchedule.of(spec, 4, random);
        assertThat(rows).hasSize(4 * spec.replicas());
        for (ReplacementSchedule.Row row : rows) {
            assertThat(row.due()).isBetween(row.earliest(), row.latest());
            assertThat(row.begins()).isGreaterThanOrEqualTo(row.due());
            List<ReplacementSchedule.Row> concurrent = new ArrayList<>(rows);
            concurrent.removeIf(other ->
                    other.begins().compareTo(row.begins()) > 0 || other.done().compareTo(row.begins()) <= 0);
            assertThat(concurrent).hasSizeLessThanOrEqualTo(atOnce);
            assertThat(concurrent)
                    .extracting(ReplacementSchedule.Row::successor)
                    .doesNotHaveDuplicates();
            assertThat(row.done().minus(row.begins())).isEqualTo(Duration.ofSeconds(10));
        }
    }
}
