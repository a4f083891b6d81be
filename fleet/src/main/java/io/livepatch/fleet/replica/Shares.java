package io.livepatch.fleet.replica;

import io.livepatch.fleet.stats.RunStats;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The last that is known of what each process did, those that are lost among them. A run has a second's figures for each second, and hardly any of
 * them still changes: whoever has been told of all is told of what came after that. Thread-safe.
 */
final class Shares {
    private record Key(String order, UUID incarnation) {}

    private final Map<Key, VersionedShare> all = new HashMap<>();

    /** What the others told us up to, each by its own count. */
    private final Map<UUID, Long> toldBy = new HashMap<>();

    private long count;

    /** What is done here. */
    synchronized void hear(Collection<Share> own) {
        own.forEach(this::hear);
    }

    /** What another process tells. A part of which we do not have the rest is passed over, and all of it asked for the next time. */
    synchronized void hear(UUID teller, ShareDelta shareDelta) {
        boolean understood = true;
        for (Share share : shareDelta.shares()) {
            understood &= hear(share);
        }
        if (understood) {
            toldBy.merge(teller, shareDelta.upTo(), Math::max);
        } else {
            toldBy.remove(teller);
        }
    }

    private boolean hear(Share share) {
        Key key = new Key(share.order(), share.incarnation());
        VersionedShare known = all.get(key);
        count++;
        if (known != null) {
            known.hear(share, count);
        } else if (!share.partial()) {
            all.put(key, new VersionedShare(share, count));
        }
        return known != null || !share.partial();
    }

    /** What it may leave out when it tells us more; empty if it has to tell us all. */
    synchronized Optional<Long> toldBy(UUID teller) {
        return Optional.ofNullable(toldBy.get(teller));
    }

    /**
     * What we did and what only a memory knows, since nobody who is there did it.
     *
     * @param since for one who was told so much before
     */
    synchronized ShareDelta tell(UUID self, Set<UUID> alive, long since) {
        count++;
        all.forEach((key, known) -> known.lost(!alive.contains(key.incarnation()), count));
        return new ShareDelta(
                count,
                all.entrySet().stream()
                        .filter(it -> it.getKey().incarnation().equals(self)
                                || !alive.contains(it.getKey().incarnation()))
                        .map(Map.Entry::getValue)
                        .filter(known -> known.changedSince(since))
                        .map(known -> known.since(since))
                        .toList());
    }

    /**
     * Forgets what belongs to flocks that were replaced.
     *
     * @param current asked when nothing can be heard: an order is heard before its shares, so those of a new one are not taken for old
     */
    synchronized void keep(Supplier<List<FlockCommand>> current) {
        Set<String> orders = current.get().stream().map(FlockCommand::id).collect(Collectors.toSet());
        all.keySet().removeIf(key -> !orders.contains(key.order()));
    }

    /** Empty if nothing is known of such a share. */
    synchronized Optional<Boolean> ended(String order, UUID incarnation) {
        return Optional.ofNullable(all.get(new Key(order, incarnation)))
                .map(known -> known.share().ended());
    }

    List<String> problems(String order) {
        return of(order).flatMap(share -> share.problem().stream()).sorted().toList();
    }

    /** All together. */
    RunStats sum(FlockCommand order, Set<UUID> alive) {
        return of(order.id())
                .map(share -> alive.contains(share.incarnation()) ? share : share.lost())
                .map(Share::figures)
                .reduce(RunStats.none(order.name(), order.begin()), RunStats::plus);
    }

    private synchronized Stream<Share> of(String order) {
        return all.values().stream()
                .map(VersionedShare::share)
                .filter(share -> share.order().equals(order))
                .toList()
                .stream();
    }
}
