package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads files like Monoceros' own examples. */
class MonocerosFilesTest {

    @TempDir
    private Path directory;

    private TestFiles files;

    @BeforeEach
    void setUp() {
        files = TestFiles.in(directory);
    }

    @Test
    void aPoolWithoutPorts() {
        SupervisorConfig config = files.read("""
                admin:
                  port: 9000
                supervisor:
                  workers:
                    - name: ping
                      replicas: 3
                      exec: ping
                      args:
                        - localhost
                        - -c
                        - 5
                      signal_timeout: 15s
                      max_restarts: 3
                      limits:
                        lifespan: 4h
                      startup_wait_time: 500ms
                      desired_healthy_percentage: 75
                """);
        PoolSpec spec = config.pools().getFirst().spec();
        assertThat(config.admin().port()).isEqualTo(9000);
        assertThat(spec.command()).containsExactly("ping", "localhost", "-c", "5");
        assertThat(spec.replicas()).isEqualTo(3);
        assertThat(spec.stop().timeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(spec.restart().maxCrashes()).isEqualTo(OptionalInt.of(3));
        assertThat(spec.limits().lifespan()).contains(Duration.ofHours(4));
        assertThat(spec.startSpacing()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.pools().getFirst().desiredHealthyPercentage()).isEqualTo(Optional.of(75));
    }

    @Test
    void aPoolInProxyMode() {
        SupervisorConfig config = files.read("""
                admin:
                  port: 9000
                supervisor:
                  workers:
                    - name: httpbin
                      replicas: 3
                      exec: ./dist/go-httpbin
                      args: [-host, 127.0.0.1]
                      signal_timeout: 15s
                      max_restarts: 3
                      server:
                        port_arg:
                          name: -port
                          value_template: '{{.Port}}'
                          start_port: 9090
                        signal_timeout: 20s
                        health_check_path: '/health'
                        load_balancer_algorithm: LEAST_REQUEST
                        admin_port: 8080
                        listener_port: 8081
                      limits:
                        lifespan: 4h
                """);
        PoolSpec spec = config.pools().getFirst().spec();
        assertThat(spec.command()).containsExactly("./dist/go-httpbin", "-port", "{port}", "-host", "127.0.0.1");
        assertThat(spec.surroundings().directory()).isEqualTo(directory);
        assertThat(spec.listening())
                .isEqualTo(new Listening.Proxied(
                        9090,
                        new InetSocketAddress("0.0.0.0", 8081),
                        "least_connections",
                        "/health",
                        Duration.ofSeconds(20)));
        assertThat(config.remarks())
                .extracting(Diagnostic::toString)
                .containsExactly(
                        "remark: supervisor.workers[0].server.admin_port: is ignored: the balancer is not Envoy and has no admin port");
    }

    @Test
    void algorithmsIgnoreCase() {
        for (List<String> words : List.of(
                List.of("ROUND_ROBIN", "round_robin"),
                List.of("least_request", "least_connections"),
                List.of("Random", "random"))) {
            Listening listening = files.pool(
                            "server: {port_arg: {start_port: 9000}, health_check_path: /, load_balancer_algorithm: %s}"
                                    .formatted(words.getFirst()))
                    .pools()
                    .getFirst()
                    .spec()
                    .listening();
            assertThat(((Listening.Proxied) listening).strategy()).isEqualTo(words.getLast());
        }
    }
}
