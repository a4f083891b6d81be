package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Routes.Route;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Load balancers for tests. */
public final class Examples {
    public static final Path PEM = Path.of("/etc/haproxy/site.pem");
    public static final Paths PATHS = new Paths(Path.of("/run/livepatch/haproxy-0"));
    public static final String HEALTH = "/health/ready";
    public static final HealthCheck CHECK = HealthCheck.of(HEALTH);
    public static final String UNIT_HEADER = "X-Livepatch-Unit";
    /** Paths that are handed on, and paths that an attacker would like to be. */
    public static final List<String> OPEN = List.of("/v1/client", "/v1/patches", "/v1/api", HEALTH, "/openapi.yaml");

    public static final List<String> HIDDEN = List.of("/v1/admin", "/v1/sync", "/debug", "/metrics", "/health/live");

    private Examples() {}

    public static Frontend https(Bind... binds) {
        return new Frontend("livepatch", List.of(binds), routes());
    }

    /** The open paths and these, all to the backend of {@link #units}. */
    public static Routes routes(String... besides) {
        return Routes.only(Stream.concat(OPEN.stream(), Stream.of(besides))
                .map(path -> Route.to("livepatch", path))
                .toList());
    }

    /** Any request may be done twice. */
    public static Backend units(Server... servers) {
        return new Backend(
                "livepatch",
                Strategy.LEAST_CONNECTIONS,
                Optional.of(CHECK),
                List.of(servers),
                Backend.DEFAULT_RETRIES,
                true,
                Optional.of(UNIT_HEADER));
    }

    public static Server unit(int number) {
        return Server.of("livepatch/" + number, "127.0.10." + (number + 1), 8080);
    }

    /** One TLS frontend, one backend of two units. */
    public static LoadBalancer usual() {
        return LoadBalancer.of(
                "haproxy/0", PATHS, https(Bind.secure("0.0.0.0", 8443, new Tls(PEM))), units(unit(0), unit(1)));
    }
}
