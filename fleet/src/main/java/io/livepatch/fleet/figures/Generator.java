package io.livepatch.fleet.figures;

/**
 * How the load generator itself did.
 *
 * @param lateness from the moment a turn was due to the moment it was begun
 * @param busiest the largest part of the machine's processors that this process or, merged, any process used over a second, 0 to 1
 * @param machines monkeys that are alive
 */
public record Generator(Latency lateness, double busiest, long machines) {
    public static final Generator NONE = new Generator(Latency.NONE, 0, 0);

    public Generator plus(Generator other) {
        return new Generator(
                lateness.plus(other.lateness), Math.max(busiest, other.busiest), machines + other.machines);
    }
}
