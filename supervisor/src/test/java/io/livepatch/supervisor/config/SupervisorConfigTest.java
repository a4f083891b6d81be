package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.common.config.ConfigException;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.config.PoolText.IpAddress;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import io.livepatch.supervisor.config.SupervisorOptions.Admin;
import io.livepatch.supervisor.config.SupervisorOptions.ExitPolicy;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupervisorConfigTest {

    @TempDir
    private Path directory;

    private TestFiles files;

    @BeforeEach
    void setUp() {
        files = TestFiles.in(directory);
    }

    @Test
    void onlyANameAndAProgramAreRequired() {
        PoolSpec web = PoolSpec.of("web", List.of("sh"))
                .surroundings(new ProcessEnvironment(
                        Map.of(),
                        false,
                        directory,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        "KILL"))
                .build();
        SupervisorConfig config = files.pool("");
        assertThat(config.admin()).isEqualTo(new Admin(true, new IpAddress("127.0.0.1"), 0, Optional.empty()));
        assertThat(config.shutdownDeadline()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.exitOnGiveUp()).isEqualTo(ExitPolicy.ALL);
        assertThat(config.balancerDirectory()).isEqualTo(directory.resolve("balancer"));
        assertThat(config.pools())
                .containsExactly(new PoolSettings(web, Optional.empty(), directory.resolve("balancer/web")));
        assertThat(config.remarks()).isEmpty();
    }

    @Test
    void everyKeyIsRead() {
        SupervisorConfig config = full();
        assertThat(config.admin())
                .isEqualTo(new Admin(false, new IpAddress("127.0.0.2"), 9100, Optional.of(in("token"))));
        assertThat(config.shutdownDeadline()).isEqualTo(Duration.ofSeconds(45));
        assertThat(config.exitOnGiveUp()).isEqualTo(ExitPolicy.ANY);
        assertThat(config.balancerDirectory()).isEqualTo(in("balancers"));
        assertThat(config.pools())
                .extracting(PoolSettings::desiredHealthyPercentage)
                .containsExactly(Optional.of(70), Optional.empty(), Optional.empty());
        assertThat(config.pools())
                .extracting(PoolSettings::balancerDirectory)
                .containsExactly(in("balancers/shared"), in("envoy"), in("balancers/third"));
        assertThat(config.pools().get(0).spec()).isEqualTo(shared());
        assertThat(config.pools().get(1).spec()).isEqualTo(proxied());
        assertThat(config.remarks())
                .extracting(Diagnostic::key)
                .containsExactly("supervisor.workers[1].server.admin_port");
    }

    SupervisorConfig full() {
        return files.with("web.env", "# secrets\nFROM_FILE='a b'\nNUMBER=overridden\n")
                .read(TestFiles.resource("full.yaml"));
    }

    private Path in(String path) {
        return directory.resolve(path);
    }

    private PoolSpec shared() {
        return PoolSpec.of("shared", List.of("bin/server", "--port", "{port}", "5"))
                .replicas(4)
                .startSpacing(Duration.ofMillis(300))
                .surroundings(new ProcessEnvironment(
                        Map.of("HOME_COPY", "/home/of-tests", "NUMBER", "1_000", "FROM_FILE", "a b"),
                        true,
                        in("work"),
                        Optional.of("daemon"),
                        Optional.of("027"),
                        OptionalInt.of(3),
                        Optional.of("0"),
                        "TERM"))
                .log(new LogSpec(in("logs/shared.log"), 2 << 20, 7))
                .stop("INT", Duration.ofSeconds(11))
                .restart(new RestartPolicy(
                        Duration.ofMillis(100), Duration.ofSeconds(20), 0.5, Duration.ofMinutes(3), OptionalInt.of(6)))
                .live(check(new Probe.Http("http://127.0.0.1:{worker_port}/live"), 2, 4, 50, 5, 2))
                .ready(check(new Probe.Tcp("127.0.0.1:{worker_port}"), 3, 5, 40, 6, 3))
                .limits(limits())
                .recycling(new ReplacementPolicy(ReplacementPolicy.Order.STOP_FIRST, 2, Duration.ofMinutes(7)))
                .listening(new Listening.Shared(new InetSocketAddress("127.0.0.3", 8080), OptionalInt.of(9000)))
                .reservesPort(true)
                .build();
    }

    private static Limits limits() {
        return new Limits(
                Optional.of(Duration.ofMinutes(90)),
                0.25,
                OptionalLong.of(512 << 20),
                Optional.of(Duration.ofHours(10)),
                OptionalInt.of(5000),
                OptionalLong.of(100_000),
                Optional.of(new Limits.Counter("http://127.0.0.1:{worker_port}/metrics", "hits_total")),
                OptionalLong.of(1 << 30),
                OptionalInt.of(65536),
                Duration.ofSeconds(7));
    }

    private PoolSpec proxied() {
        return PoolSpec.of("proxied", List.of("server", "-listen", "127.0.0.1:{port}"))
                .surroundings(new ProcessEnvironment(
                        Map.of(),
                        false,
                        directory,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        "KILL"))
                .live(HealthCheck.patient(new Probe.Command(List.of("check", "{port}"))))
                .ready(check(new Probe.Command(List.of("check", "--ready", "{port}")), 9, 2, 60, 3, 1))
                .listening(new Listening.Proxied(
                        9500,
                        new InetSocketAddress("127.0.0.4", 10001),
                        "least_connections",
                        "/health",
                        Duration.ofSeconds(21)))
                .build();
    }

    private static HealthCheck check(Probe probe, int interval, int timeout, int start, int failures, int successes) {
        return new HealthCheck(
                probe,
                Duration.ofSeconds(interval),
                Duration.ofSeconds(timeout),
                Duration.ofSeconds(start),
                failures,
                successes);
    }

    @Test
    void healthDecidesOnReadinessToo() {
        PoolSpec spec =
                files.pool("health: {tcp: '127.0.0.1:1'}").pools().getFirst().spec();
        assertThat(spec.ready()).isPresent().isEqualTo(spec.live());
    }

    @Test
    void theHealthCheckOfTheBalancerDecidesOnReadinessOnly() {
        PoolSpec spec = files.pool("server: {port_arg: {start_port: 9000}, health_check_path: /up}")
                .pools()
                .getFirst()
                .spec();
        assertThat(spec.ready()).contains(HealthCheck.patient(new Probe.Http("http://127.0.0.1:{port}/up")));
        assertThat(spec.live()).isEmpty();
        assertThat(spec.command()).containsExactly("sh");
        assertThat(spec.listening())
                .isEqualTo(new Listening.Proxied(
                        9000, new InetSocketAddress("0.0.0.0", 10000), "round_robin", "/up", Duration.ofSeconds(10)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "max_restarts: -1"})
    void withoutAMaximumOfRestartsNoWorkerIsGivenUp(String keys) {
        assertThat(files.pool(keys).pools().getFirst().spec().restart().maxCrashes())
                .isEmpty();
    }

    @Test
    void zeroIsTheDefaultOrNoLimitAsInMonoceros() {
        PoolSpec spec = files.pool("signal_timeout: 0s\nlimits: {lifespan: 0s, memory: 0}")
                .pools()
                .getFirst()
                .spec();
        assertThat(spec.stop().timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(spec.limits()).isEqualTo(Limits.NONE);
    }

    @Test
    void anchorsAreFollowed() {
        SupervisorConfig config = files.read("""
                supervisor:
                  workers:
                    - {name: a, exec: sh, limits: &same {lifespan: 1h}}
                    - {name: b, exec: sh, limits: *same}
                """);
        assertThat(config.pools().get(1).spec().limits())
                .isEqualTo(config.pools().get(0).spec().limits())
                .isNotEqualTo(Limits.NONE);
    }

    @Test
    void referencesToVariablesOfTheSupervisorAreReplaced() {
        SupervisorConfig config = files.pool("""
                env:
                  A: ${HOME}/x
                  B: ${ABSENT:-otherwise}
                  C: $${HOME} costs $5
                  D: ""
                """);
        assertThat(config.pools().getFirst().spec().surroundings().environment())
                .isEqualTo(Map.of("A", "/home/of-tests/x", "B", "otherwise", "C", "${HOME} costs $5", "D", ""));
    }

    @Test
    void aMissingFileIsNamed() {
        Path absent = directory.resolve("absent.yaml");
        assertThatThrownBy(() -> SupervisorConfig.read(absent))
                .isInstanceOf(ConfigException.class)
                .hasMessage("the configuration cannot be used, it has 1 problem:\n  " + absent
                        + ": does not exist; give the path of a YAML file");
    }
}
