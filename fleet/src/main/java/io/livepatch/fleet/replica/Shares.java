package io.livepatch.fleet.replica;

import io.livepatch.fleet.figures.Figures;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The last that is known of what each process did, those that are lost among them. Thread-safe. */
final class Shares {
    private record Key(String order, UUID incarnation) {}

    private final Map<Key, Share> last = new ConcurrentHashMap<>();

    void hear(Collection<Share> told) {
        told.forEach(share -> last.merge(new Key(share.order(), share.incarnation()), share, Share::later));
    }

    /** Forgets what belongs to flocks that were replaced. */
    void keep(Collection<Order> current) {
        Set<String> orders = current.stream().map(Order::id).collect(Collectors.toSet());
        last.keySet().removeIf(key -> !orders.contains(key.order()));
    }

    /** What only a memory knows, since nobody who is there did it. */
    List<Share> withoutThoseOf(Set<UUID> alive) {
        return last.values().stream()
                .filter(share -> !alive.contains(share.incarnation()))
                .toList();
    }

    /** Empty if nothing is known of such a share. */
    Optional<Boolean> ended(String order, UUID incarnation) {
        return Optional.ofNullable(last.get(new Key(order, incarnation))).map(Share::ended);
    }

    List<String> problems(String order) {
        return of(order).flatMap(share -> share.problem().stream()).sorted().toList();
    }

    /** All together. */
    Figures sum(Order order, Set<UUID> alive) {
        return of(order.id())
                .map(share -> alive.contains(share.incarnation()) ? share : share.lost())
                .map(Share::figures)
                .reduce(Figures.none(order.name(), order.begin()), Figures::plus);
    }

    private Stream<Share> of(String order) {
        return last.values().stream().filter(share -> share.order().equals(order));
    }
}
