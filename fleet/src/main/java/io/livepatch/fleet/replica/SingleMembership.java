package io.livepatch.fleet.replica;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The membership of one. */
record SingleMembership() implements Membership {

    @Override
    public MembershipSnapshot look(Map<Integer, PeerState> heard) {
        return new MembershipSnapshot(new TreeMap<>(), new TreeSet<>(List.of(0)), Duration.ZERO);
    }

    @Override
    public void close() {
        // Nobody is told.
    }
}
