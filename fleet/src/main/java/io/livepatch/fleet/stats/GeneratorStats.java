package io.livepatch.fleet.stats;

/**
 * How the load generator itself did.
 *
 * @param lateness from the moment a turn was due to the moment it was begun
 * @param busiest the largest part of the machine's processors that this process or, merged, any process used over a second, 0 to 1
 * @param machines monkeys that are alive
 * @param passedOver how often an open load found a monkey still busy with its last turn and gave the new one to the next
 * @param held calls that had to wait until fewer were under way
 */
public record GeneratorStats(Latency lateness, double busiest, long machines, long passedOver, long held) {
    public static final GeneratorStats NONE = new GeneratorStats(Latency.NONE, 0, 0);

    /** With nobody passed over, or held. */
    public GeneratorStats(Latency lateness, double busiest, long machines) {
        this(lateness, busiest, machines, 0, 0);
    }

    public GeneratorStats plus(GeneratorStats other) {
        return new GeneratorStats(
                lateness.plus(other.lateness),
                Math.max(busiest, other.busiest),
                machines + other.machines,
                passedOver + other.passedOver,
                held + other.held);
    }
}
