package io.livepatch.fleet.replica;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/** A {@link LoadGap} as one process saw it. */
record Outage(UUID observer, int replica, Instant from, Instant covered, Optional<Instant> to) {

    /** Which of all it is. */
    record Key(UUID observer, int replica, Instant from) {}

    Key key() {
        return new Key(observer, replica, from);
    }

    Outage end(Instant at) {
        return new Outage(observer, replica, from, covered, Optional.of(at));
    }

    static Outage later(Outage one, Outage other) {
        return one.to.isPresent() ? one : other;
    }

    /** Joins what several saw of the same. Whoever is gone itself cannot have seen an end. */
    static List<LoadGap> join(List<Outage> all, Set<UUID> alive) {
        return all.stream()
                .map(it -> it.to.isEmpty() && !alive.contains(it.observer) ? it.end(it.covered) : it)
                .collect(Collectors.groupingBy(Outage::replica))
                .values()
                .stream()
                .flatMap(ofOne -> joinOfOne(ofOne).stream())
                .sorted(Comparator.comparing(LoadGap::from).thenComparingInt(LoadGap::replica))
                .toList();
    }

    private static List<LoadGap> joinOfOne(List<Outage> all) {
        List<LoadGap> joined = new ArrayList<>();
        for (Outage next :
                all.stream().sorted(Comparator.comparing(Outage::from)).toList()) {
            LoadGap fresh = new LoadGap(next.replica, next.from, next.covered, next.to);
            if (!joined.isEmpty() && reaches(joined.getLast(), next.from)) {
                fresh = joined.removeLast();
                fresh = new LoadGap(
                        fresh.replica(),
                        fresh.from(),
                        max(fresh.covered(), next.covered),
                        merge(fresh.to(), next.to, Outage::max));
            }
            joined.add(fresh);
        }
        return joined;
    }

    private static boolean reaches(LoadGap before, Instant from) {
        return before.to().map(to -> !to.isBefore(from)).orElse(true);
    }

    private static Instant max(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Optional<Instant> merge(
            Optional<Instant> one, Optional<Instant> other, BinaryOperator<Instant> both) {
        return one.flatMap(first -> other.map(second -> both.apply(first, second)));
    }
}
