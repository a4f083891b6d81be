package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.process.MemoryCgroups;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.Requires;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers that reach their limits. */
class LimitsIT {

    @TempDir
    Path folder;

    /** A pool that is named after the resource that it leaks. One a program: together they would take all processors. */
    private static String leaking(String limit) {
        return """
                supervisor:
                  workers:
                  - name: %s
                """.formatted(limit)
                + switch (limit) {
                    case "memory" -> """
                    exec: bash
                    args: [-c, 'while sleep 0.05; do kept+=$(printf %1000000s); done']
                    limits: {memory: 24MiB, interval: 200ms}
                """;
                    case "cpu" -> """
                    exec: sh
                    args: [-c, 'while :; do :; done']
                    limits: {cpu: 500ms, interval: 200ms}
                """;
                    case "open-files" -> """
                    exec: bash
                    args: [-c, 'while sleep 0.02; do exec {kept}</dev/null; done']
                    limits: {open_files: 30, interval: 200ms}
                """;
                    // A scrape counts as a request too.
                    case "requests" -> """
                    %s
                    listen: {address: 127.0.0.1, port: %d, worker_port: %d}
                    ready: {http: "http://127.0.0.1:{worker_port}/"}
                    limits: {requests: 8, requests_metric: requests_total, requests_url: "http://127.0.0.1:{worker_port}/", interval: 200ms}
                """.formatted(WebWorker.command(), FreePorts.one(), FreePorts.inARow(2));
                    default -> throw new IllegalArgumentException(limit);
                };
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "cpu", "open-files", "requests"})
    void aWorkerAtALimitIsReplacedAndTheReasonIsReported(String limit) {
        try (Program program = Program.start(folder, leaking(limit))) {
            program.awaitEvent(limit, "condemned", limit);
            program.awaitEvent(limit, "recycled", limit);

            assertThat(program.events(limit, "condemned")
                            .getFirst()
                            .path("details")
                            .path("why")
                            .asString())
                    .contains("and its limit is");
            assertThat(program.events(limit, "restarted")
                            .getFirst()
                            .path("details")
                            .path("replaces")
                            .asString())
                    .isEqualTo(limit + "-0");
            assertThat(program.metrics())
                    .contains("monoceros_workerpool_limits_events_total{limit_event=\"%s\",pool=\"%s\"}"
                            .formatted(limit, limit))
                    .doesNotContain("supervisor_given_up_total{pool=\"%s\"} 1".formatted(limit))
                    .contains("supervisor_restarts_total{pool=\"%s\",reason=\"crash\"} 0.0".formatted(limit));
        }
    }

    @Test
    @Requires(MemoryCgroups.class)
    void aWorkerAtItsHardMemoryLimitIsKilledByTheKernelAndReportedSo() {
        try (Program program = Program.start(folder, """
                supervisor:
                  workers:
                  - name: hog
                    exec: sh
                    args: [-c, "ulimit -v 1000000; exec awk 'BEGIN { s = \\"x\\"; while (1) s = s s }'"]
                    limits: {memory_hard: 32MiB}
                """)) {
            program.awaitMetric("supervisor_exits_total{cause=\"oom\",pool=\"hog\",status=\"KILL\"}");

            await("its last exit has the reason")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(program.get("/pools/hog/workers/hog-0")
                                    .path("last_exit")
                                    .asString())
                            .isEqualTo("signal KILL (out of memory at its hard limit of 32 MiB)"));
            program.awaitLog("ended by itself with signal KILL (out of memory at its hard limit of 32 MiB)");
        }
    }
}
