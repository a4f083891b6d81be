package io.livepatch.supervisor.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Everything that a file says, with all defaults filled in and all paths absolute.
 *
 * @param shutdownDeadline how long an orderly end of everything may take before what is left is killed
 * @param balancerDirectory holds one directory for each pool in proxy mode that names none of its own
 * @param pools in the order of the file; their names are unique
 * @param remarks what reading the file gave reason to say
 */
public record SupervisorConfig(
        AdminSettings admin,
        Duration shutdownDeadline,
        ExitPolicy exitOnGiveUp,
        Path balancerDirectory,
        List<PoolSettings> pools,
        List<Finding> remarks) {

    public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(60);

    public SupervisorConfig {
        pools = List.copyOf(pools);
        remarks = List.copyOf(remarks);
    }
}
