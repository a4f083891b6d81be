package io.livepatch.fleet.replica;

import java.util.Map;

/** The place where the replicas of a run find each other. Used by one thread. */
public interface Membership extends AutoCloseable {

    /**
     * Tells that we are here, and sees who else is. Asked each second.
     *
     * @param heard the last that was heard of the others
     * @throws ReplicaException.Displaced when another process is what we were started to be
     * @throws ReplicaException.PlaceUnreachable when it cannot be known now
     */
    MembershipSnapshot look(Map<Integer, PeerState> heard);

    /** We are gone; the others need not wait to see it. */
    @Override
    void close();

    /** There is nobody else. */
    static Membership alone() {
        return new SingleMembership();
    }
}
