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
 * A list of addresses by index, such as the names of a StatefulSet's pods. A replica that answers is present. There is no arbiter: after a network
 * partition, each side runs the whole load. The run's clock is that of the lowest present replica.
 */
public final class StaticMembership implements Membership {
    private final ReplicaSettings settings;
    private final NavigableMap<Integer, URI> others = new TreeMap<>();

    public StaticMembership(ReplicaSettings settings, List<URI> addresses) {
        if (addresses.size() != settings.count()) {
            throw new IllegalArgumentException(
                    "'%d' addresses are given for '%d' replicas; list every replica, in order"
                            .formatted(addresses.size(), settings.count()));
        }
        this.settings = settings;
        for (int index = 0; index < addresses.size(); index++) {
            if (index != settings.index()) {
                others.put(index, addresses.get(index));
            }
        }
    }

    @Override
    public MembershipSnapshot poll(Map<Integer, PeerState> peers) {
        NavigableSet<Integer> present = new TreeSet<>(List.of(settings.index()));
        peers.forEach((index, peer) -> {
            if (peer.isPresent(settings.lostAfter())) {
                present.add(index);
            }
        });
        PeerState first = peers.get(present.first());
        return new MembershipSnapshot(others, present, first == null ? Duration.ZERO : first.clockOffset());
    }

    /** Nothing to do: the replica's last gossip message says that it leaves. */
    @Override
    public void close() {}
}
