package io.livepatch.fleet.load;

import java.util.OptionalLong;

/**
 * Decides which monkey has a turn when. Asks for no time and waits for nothing: moments are arguments, in nanoseconds since the common start, and
 * negative before it. Thread-safe.
 */
interface LoadModel {
    /** No moment. */
    long NEVER = Long.MAX_VALUE;

    /** Begins all that is due by now; the moment to be asked again, or {@link #NEVER}. */
    long advance(long now);

    /** A turn has ended; the moment at which the next one was due if this thread shall go on with it for the same monkey. */
    OptionalLong ended(int monkey, boolean ok, long now);

    /** From now on these monkeys are ours, in ascending order, and this share of an open load. */
    void divide(FlockShare flockShare, long now);

    /** Begins nothing any more. */
    void stop(long now);

    /** Whether nothing is under way and nothing will be. */
    boolean over(long now);

    /** How many monkeys have come to life and not finished. */
    long alive(long now);
}
