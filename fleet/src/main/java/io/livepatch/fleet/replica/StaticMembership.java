package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A list of addresses by index, as the names that a StatefulSet gives. Who answers is there. Nobody arbitrates: two halves that do not hear each other
 * each do the whole. The clock of the lowest that is there counts.
 */
public final class StaticMembership implements Membership {
    private final int index;
    private final Duration lostAfter;
    private final List<URI> addresses;

    public StaticMembership(ReplicaSettings settings, List<URI> addresses) {
        if (addresses.size() != settings.count()) {
            throw new IllegalArgumentException(
                    "'%d' addresses are given for '%d' replicas; list every replica, in order"
                            .formatted(addresses.size(), settings.count()));
        }
        this.index = settings.index();
        this.lostAfter = settings.lostAfter();
        this.addresses = List.copyOf(addresses);
    }

    @Override
    public MembershipSnapshot look(Map<Integer, PeerState> heard) {
        NavigableMap<Integer, URI> others = new TreeMap<>();
        NavigableSet<Integer> present = new TreeSet<>(List.of(index));
        for (int other = 0; other < addresses.size(); other++) {
            if (other != index) {
                others.put(other, addresses.get(other));
            }
        }
        heard.forEach((other, last) -> {
            if (last.within(lostAfter)) {
                present.add(other);
            }
        });
        PeerState first = heard.get(present.first());
        return new MembershipSnapshot(others, present, first == null ? Duration.ZERO : first.ahead());
    }

    @Override
    public void close() {
        // Whoever leaves says so to each of the others.
    }
}
