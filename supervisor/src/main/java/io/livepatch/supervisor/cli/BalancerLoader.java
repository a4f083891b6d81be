package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.SupervisorConfig;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Loads the balancer of proxy mode from the class path. */
final class BalancerLoader {

    private BalancerLoader() {}

    static Optional<Balancer.Provider> provider() {
        return ServiceLoader.load(Balancer.Provider.class).findFirst();
    }

    /** An error for each pool in proxy mode if there is no balancer, so that none of them is started. */
    static List<Diagnostic> missing(SupervisorConfig config) {
        if (provider().isPresent()) {
            return List.of();
        }
        return config.pools().stream()
                .map(PoolSettings::spec)
                .filter(spec -> spec.listening() instanceof Listening.Proxied)
                .map(spec -> Diagnostic.error(
                        spec,
                        "server",
                        "there is no balancer on the class path; build charm-actions and haproxy-config (scripts/build),"
                                + " which have one, or let the workers share a port with 'listen'"))
                .toList();
    }
}
