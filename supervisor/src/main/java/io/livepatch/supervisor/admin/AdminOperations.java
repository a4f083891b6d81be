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
     * How evenly work is spread.
     *
     * @param imbalance what the busiest worker has by the mean; empty while too little was seen
     * @param advice what to do about it
     */
    record Spread(OptionalDouble imbalance, String advice) {}

    /** In the order of the configuration. */
    List<Pool> pools();

    /** How many percent of its replicas a pool needs to be healthy; without it, one that is ready will do. */
    OptionalInt desiredHealthyPercentage(String pool);

    /**
     * Reads a pool as it stands in the configuration file, in YAML or JSON.
     *
     * @param pool its name, which the text may leave out
     * @throws SupervisorException.InvalidSpec with all that is wrong with the text; quoting no value of a variable
     */
    PoolSpec parse(String pool, String text);

    /**
     * Reads the configuration file again and applies it to the pools, as SIGHUP does.
     *
     * @param dryRun whether only to tell what that would change
     * @throws SupervisorException.InvalidSpec with all that is wrong with the file; nothing was changed then
     */
    List<PoolChange> reload(boolean dryRun);

    /** How far the shutdown is, in words, once there is one. */
    Optional<String> shutdown();

    /** The timetable of recycles and the worst case of capacity, as {@code --explain} prints them. */
    String explain();

    /** How the kernel spreads the connections of a pool over its workers; empty when they share no port. */
    Optional<Spread> spread(String pool);

    /** What is wrong with the way in which a worker shares its port, when something is. */
    Optional<String> complaint(String worker);

    /** What a worker wrote last, oldest first. */
    List<Line> output(String worker);

    SupervisorMetrics metrics();

    EventHistory history();
}
