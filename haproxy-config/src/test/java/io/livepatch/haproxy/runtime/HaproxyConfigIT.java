package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.LoadBalancer.Redirect;
import io.livepatch.haproxy.model.LoadBalancer.Sandbox;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Routes;
import io.livepatch.haproxy.model.Routes.Route;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.haproxy.model.Timeouts;
import io.livepatch.haproxy.render.Golden;
import io.livepatch.haproxy.render.HaproxyConfig;
import io.livepatch.testing.TestCertificate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** haproxy accepts the generated configurations. */
class HaproxyConfigIT {
    @TempDir
    static Path directory;

    private static TestCertificate certificate;
    private static Haproxy haproxy;

    @BeforeAll
    static void prepare() throws Exception {
        certificate = TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1");
        haproxy =
                new Haproxy(RunningHaproxy.BINARY, directory.resolve("haproxy.cfg"), directory.resolve("master.sock"));
    }

    @ParameterizedTest
    @EnumSource
    void haproxyAcceptsEveryGoldenFile(Golden golden) {
        String text = golden.text()
                .replace(Examples.PEM.toString(), certificate.both().toString());
        assertThat(haproxy.validate(text)).isEmpty();
    }

    @Test
    void haproxyAcceptsEveryValueThatTheModelAccepts() {
        Random random = new Random(20261121);
        for (int run = 0; run < 30; run++) {
            String text = HaproxyConfig.render(any(random));
            assertThat(haproxy.validate(text)).as("run %s:%n%s", run, text).isEmpty();
        }
    }

    @Test
    void anAlertNamesTheFileTheLineAndItsText() {
        String text = HaproxyConfig.render(Examples.usual()).replace("  retries 1", "  retires 1");
        assertThat(haproxy.validate(text))
                .satisfies(problems -> assertThat(problems)
                        .anySatisfy(problem -> assertThat(problem)
                                .contains("parsing [" + directory.resolve("haproxy.cfg") + ":")
                                .contains("unknown keyword 'retires'")
                                .endsWith("(the line is 'retires 1')"))
                        .anySatisfy(problem -> assertThat(problem).contains("/etc/haproxy/site.pem"))
                        .noneSatisfy(problem -> assertThat(problem).contains("haproxy-check-")));
        assertThat(directory).isDirectoryNotContaining("glob:**haproxy-check-*");
    }

    private static LoadBalancer any(Random random) {
        List<Backend> backends = new ArrayList<>();
        for (int b = 0; b <= random.nextInt(3); b++) {
            backends.add(new Backend(
                    "b." + b + "_x",
                    oneOf(random, Strategy.values()),
                    random.nextBoolean() ? Optional.of(anyCheck(random)) : Optional.empty(),
                    anyServers(random),
                    random.nextInt(11),
                    random.nextBoolean(),
                    random.nextBoolean() ? Optional.of("X-Server") : Optional.empty()));
        }
        int port = 1 + random.nextInt(60000);
        Optional<Tls> tls = random.nextBoolean()
                ? Optional.of(new Tls(
                        certificate.both(),
                        random.nextBoolean()
                                ? Optional.of(Duration.ofSeconds(1 + random.nextInt(9999)))
                                : Optional.empty()))
                : Optional.empty();
        String target = backends.get(random.nextInt(backends.size())).name();
        List<Frontend> frontends = List.of(
                new Frontend(
                        "f",
                        List.of(new Bind("0.0.0.0", port, tls), Bind.plain("::1", port)),
                        anyRoutes(random, target)),
                new Frontend("2", List.of(Bind.plain("127.0.0.1", port + 1)), anyRoutes(random, target)));
        return new LoadBalancer(
                        "lb/" + random.nextInt(1000),
                        new Paths(directory),
                        new ProxyLimits(
                                1 + random.nextInt(1000),
                                4096 + random.nextInt(100_000),
                                10 + random.nextInt(991),
                                1 + random.nextInt(3072),
                                random.nextBoolean() ? OptionalInt.of(1 + random.nextInt(64)) : OptionalInt.empty()),
                        new Timeouts(
                                time(random),
                                time(random),
                                time(random),
                                time(random),
                                time(random),
                                time(random),
                                time(random),
                                time(random)),
                        anyLimits(random),
                        frontends,
                        List.of(new Redirect("r", Bind.plain("127.0.0.1", port + 2), port)),
                        random.nextBoolean() ? Optional.of(Bind.plain("::1", port + 3)) : Optional.empty(),
                        backends)
                .withSandbox(random.nextBoolean() ? Optional.of(Sandbox.in(directory)) : Optional.empty());
    }

    private static List<Server> anyServers(Random random) {
        List<Server> servers = new ArrayList<>();
        for (int s = 0; s < random.nextInt(12); s++) {
            servers.add(new Server(
                    random.nextBoolean() ? "app-1/" + s : "S_" + s + ".x",
                    random.nextBoolean() ? "10.1." + random.nextInt(256) + ".4" : "2001:db8::" + Integer.toHexString(s),
                    1 + random.nextInt(65535),
                    1 + random.nextInt(256),
                    1 + random.nextInt(5000),
                    oneOf(random, Server.State.values())));
        }
        return servers;
    }

    private static HealthCheck anyCheck(Random random) {
        return new HealthCheck(
                "/health/ready",
                time(random),
                time(random),
                time(random),
                1 + random.nextInt(100),
                1 + random.nextInt(100));
    }

    private static Optional<SourceLimits> anyLimits(Random random) {
        return random.nextBoolean()
                ? Optional.empty()
                : Optional.of(new SourceLimits(
                        1 + random.nextInt(1000),
                        1 + random.nextInt(1000),
                        1 + random.nextInt(1000),
                        1 + random.nextInt(1000),
                        random.nextBoolean() ? List.of() : List.of("10.0.0.0/8", "::1", "2001:db8::/32")));
    }

    private static Routes anyRoutes(Random random, String backend) {
        Route route = Route.to(backend, "/v1/client");
        return switch (random.nextInt(3)) {
            case 0 -> Routes.every(backend);
            case 1 -> Routes.only(List.of());
            default ->
                Routes.only(List.of(
                        route.withEnding("/pings").withMethods("PUT", "POST"),
                        route,
                        Route.to(backend, "/v1/admin").asStreamed()));
        };
    }

    private static Duration time(Random random) {
        return Duration.ofMillis(1 + (long) (Math.pow(random.nextDouble(), 8) * 24 * 86_400_000L));
    }

    private static <T> T oneOf(Random random, T[] values) {
        return List.of(values).get(random.nextInt(values.length));
    }
}
