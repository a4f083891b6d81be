package io.livepatch.fleet.config;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything that a file says, with all defaults filled in.
 *
 * @param flocks that are started with the replicas; their names are unique
 */
public record FleetConfig(
        Target server, ReplicasConfig replicas, ApiConfig api, ReportConfig report, List<Flock> flocks) {

    public FleetConfig {
        flocks = List.copyOf(flocks);
    }

    /**
     * Reads a file. Variables {@code FLEET_REPLICA_COUNT}, {@code FLEET_REPLICA_INDEX} and {@code FLEET_REPLICA_ADDRESS}, or Mobu's
     * {@code MOBU_…}, win over it.
     *
     * @param environment of this process
     * @throws ConfigException with everything that is wrong with it
     */
    public static FleetConfig read(Path file, Map<String, String> environment) {
        return FleetFile.read(file, environment);
    }

    /** Reads what stands in a file. */
    public static FleetConfig read(String yaml, Map<String, String> environment) {
        return FleetFile.read("configuration", yaml, environment);
    }

    /**
     * Reads one flock, as it stands in a file below {@code flocks}, in YAML or JSON.
     *
     * @throws ConfigException with everything that is wrong with it
     */
    public static Flock flock(String yaml) {
        return FleetFile.flock(yaml);
    }
}
