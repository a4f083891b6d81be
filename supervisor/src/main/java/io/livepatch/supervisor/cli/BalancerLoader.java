package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.PoolSettings;
import io.livepatch.supervisor.config.SupervisorConfig;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Loads the balancer of proxy mode from the class path. */
final class BalancerLoader {

    private BalancerLoader() {}

    static Optional<Balancer.Provider> provider() {
        return ServiceLoader.load(Balancer.Provider.class).findFirst();
    }

    /** Errors for the pools that need a balancer if there is none; checked before the first worker is started. */
    static List<Diagnostic> missing(SupervisorConfig config) {
        if (provider().isPresent()) {
            return List.of();
        }
        return config.pools().stream()
                .map(PoolSettings::spec)
                .filter(spec -> spec.listening() instanceof Listening.Proxied)
                .map(spec -> new Diagnostic(
                        Diagnostic.Severity.ERROR,
                        "supervisor.workers[%s].server".formatted(spec.name()),
                        "there is no balancer on the class path; build charm-actions and haproxy-config (scripts/build),"
                                + " which bring one, or have the workers share a port with 'listen'"))
                .toList();
    }
}
