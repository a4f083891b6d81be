package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.metrics.SupervisorMetrics;
import io.livepatch.supervisor.output.Line;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The operations behind the admin endpoint. Thread-safe. */
public interface AdminOperations {

    /**
     * How evenly the kernel distributes connections.
     *
     * @param imbalance the connections of the busiest worker divided by the mean; empty until enough connections were counted
     * @param advice what the operator can do
     */
    record Spread(OptionalDouble imbalance, String advice) {}

    /** All pools, in the order of the configuration. */
    List<Pool> pools();

    /** The percentage of ready replicas that makes a pool healthy; if empty, one ready replica is enough. */
    OptionalInt desiredHealthyPercentage(String pool);

    /**
     * Parses a pool in the syntax of the configuration file, as YAML or JSON.
     *
     * @param pool its name, which the text may omit
     * @throws SupervisorException.InvalidSpec with all errors in the text; quotes no value of an environment variable
     */
    PoolSpec parse(String pool, String text);

    /**
     * Reads the configuration file again and applies it to the pools, as SIGHUP does.
     *
     * @param dryRun only report the changes
     * @throws SupervisorException.InvalidSpec with all errors in the file; nothing was changed
     */
    List<PoolChange> reload(boolean dryRun);

    /** A sentence about the progress of the shutdown; empty before a shutdown begins. */
    Optional<String> shutdown();

    /** The schedule of replacements and the minimum capacity, as {@code --explain} prints them. */
    String explain();

    /** How the kernel distributes a pool's connections to its workers; empty if they do not share a port. */
    Optional<Spread> spread(String pool);

    /** Why a worker does not share its port correctly; empty if it does, or if its pool shares no port. */
    Optional<String> sharingProblem(String worker);

    /** The recent output lines of a worker, oldest first. */
    List<Line> output(String worker);

    SupervisorMetrics metrics();

    EventHistory history();
}
