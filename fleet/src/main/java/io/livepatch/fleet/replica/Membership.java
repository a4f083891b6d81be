package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** Tells the replicas of a run which of them are present. Used by one thread. */
public interface Membership extends AutoCloseable {

    /**
     * Announces this replica, and reads which others are present. Called each second.
     *
     * @param peers the last known states of the others
     * @throws ReplicaException.Displaced when another process runs with this one's index
     * @throws ReplicaException.MembershipUnavailable when the membership cannot be read now
     */
    MembershipSnapshot poll(Map<Integer, PeerState> peers);

    /** Announces that this replica has left. */
    @Override
    void close();

    /**
     * The members at one moment.
     *
     * @param others the addresses of all others that may be asked, present or not
     * @param present including this replica
     * @param clockOffset how far the run's clock is ahead of this process's
     */
    record MembershipSnapshot(NavigableMap<Integer, URI> others, NavigableSet<Integer> present, Duration clockOffset) {
        public MembershipSnapshot {
            others = Collections.unmodifiableNavigableMap(new TreeMap<>(others));
            present = Collections.unmodifiableNavigableSet(new TreeSet<>(present));
        }
    }

    /**
     * The last known state of another replica.
     *
     * @param nanos when it was received, by {@link System#nanoTime}
     * @param incarnation distinguishes the processes that ran with the replica's index
     * @param clockOffset how far its clock is ahead of this process's
     * @param held it is idle, because it cannot read the membership
     * @param leaving it is shutting down
     */
    record PeerState(URI address, long nanos, UUID incarnation, Duration clockOffset, boolean held, boolean leaving) {

        boolean isPresent(Duration lostAfter) {
            return !leaving && System.nanoTime() - nanos < lostAfter.toNanos();
        }
    }
}
