package io.livepatch.supervisor.config;

import io.livepatch.supervisor.config.SupervisorOptions.Admin;
import io.livepatch.supervisor.config.SupervisorOptions.ExitPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Everything that a file says, with all defaults filled in and all paths absolute.
 *
 * @param options the file itself
 * @param pools in the order of the file; their names are unique
 * @param remarks about what works but is probably not meant
 */
public record SupervisorConfig(SupervisorOptions options, List<PoolSettings> pools, List<Diagnostic> remarks) {

    public SupervisorConfig {
        pools = List.copyOf(pools);
        remarks = List.copyOf(remarks);
    }

    public Admin admin() {
        return options.admin();
    }

    /** How long an orderly end of everything may take before what is left is killed. */
    public Duration shutdownDeadline() {
        return options.shutdown().deadline();
    }

    public ExitPolicy exitOnGiveUp() {
        return options.exitOnGiveUp();
    }

    /** Holds one directory for each pool in proxy mode that names none of its own. */
    public Path balancerDirectory() {
        return options.balancer().directory();
    }
}
