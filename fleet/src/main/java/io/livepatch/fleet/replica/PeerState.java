package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Duration;
import java.util.UUID;

/**
 * The last that was heard of a replica.
 *
 * @param nanos when, by {@link System#nanoTime}
 * @param incarnation which process of all that had its index
 * @param ahead how far its clock is ahead of ours
 * @param held it does not know who is there, and does nothing
 * @param leaving it is about to end
 */
public record PeerState(URI address, long nanos, UUID incarnation, Duration ahead, boolean held, boolean leaving) {

    boolean within(Duration time) {
        return !leaving && System.nanoTime() - nanos < time.toNanos();
    }
}
