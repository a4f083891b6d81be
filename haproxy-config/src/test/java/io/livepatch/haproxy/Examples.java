package io.livepatch.haproxy;

import java.nio.file.Path;
import java.util.List;

/** Load balancers for tests. */
final class Examples {
    static final Path PEM = Path.of("/etc/haproxy/site.pem");
    static final Paths PATHS = new Paths(Path.of("/run/livepatch/haproxy-0"));

    private Examples() {}

    static Frontend https(Bind... binds) {
        return new Frontend("livepatch", List.of(binds), "livepatch", Routes.livepatch());
    }

    static Backend units(Server... servers) {
        return Backend.livepatch("livepatch", List.of(servers));
    }

    static Server unit(int number) {
        return Server.of("livepatch/" + number, "127.0.10." + (number + 1), 8080);
    }

    /** One TLS frontend, one backend of two units. */
    static LoadBalancer usual() {
        return LoadBalancer.of(
                "haproxy/0", PATHS, https(Bind.secure("0.0.0.0", 8443, new Tls(PEM))), units(unit(0), unit(1)));
    }
}
