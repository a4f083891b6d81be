package io.livepatch.charm.local;

import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The status of each unit, as its charm reported it. In memory only: after a start each charm reports again. Thread-safe. */
final class UnitStatusRegistry {
    private final InstantSource clock;
    private final Map<UnitName, Entry> entries = new ConcurrentHashMap<>();
    private final List<BiConsumer<UnitName, UnitStatus>> listeners = new CopyOnWriteArrayList<>();

    /** The report of one unit. */
    record Entry(
            UnitStatus status, Instant since, Optional<String> version, Set<Integer> ports, Outcome.Figures figures) {

        /** Of a unit that has reported nothing else. */
        static Entry of(UnitStatus status, Instant since) {
            return new Entry(status, since, Optional.empty(), Set.of(), Outcome.Figures.NONE);
        }
    }

    /** The logger of a unit in {@code debug.log}, with Juju's name. */
    static Logger log(UnitName unit) {
        return LoggerFactory.getLogger("unit-" + unit.fileName());
    }

    UnitStatusRegistry(InstantSource clock) {
        this.clock = clock;
    }

    Entry of(UnitName unit) {
        return entries.computeIfAbsent(unit, _ -> Entry.of(UnitStatus.waiting("agent starting"), clock.instant()));
    }

    void status(UnitName unit, UnitStatus status) {
        Entry before = of(unit);
        if (!before.status().equals(status)) {
            change(unit, old -> new Entry(status, clock.instant(), old.version(), old.ports(), old.figures()));
            if (status.kind() != UnitStatus.Kind.MAINTENANCE) {
                // A maintenance status is a step, which is logged already.
                log(unit).info("{}", status);
            }
            listeners.forEach(listener -> listener.accept(unit, status));
        }
    }

    void version(UnitName unit, String version) {
        change(unit, old -> new Entry(old.status(), old.since(), Optional.of(version), old.ports(), old.figures()));
    }

    void ports(UnitName unit, Set<Integer> ports) {
        change(unit, old -> new Entry(old.status(), old.since(), old.version(), new TreeSet<>(ports), old.figures()));
    }

    void figures(UnitName unit, Outcome.Figures figures) {
        change(unit, old -> new Entry(old.status(), old.since(), old.version(), old.ports(), figures));
    }

    /** In one step, because an action may report at the same time. */
    private void change(UnitName unit, UnaryOperator<Entry> change) {
        of(unit);
        entries.computeIfPresent(unit, (_, old) -> change.apply(old));
    }

    void forget(UnitName unit) {
        entries.remove(unit);
    }

    /** Calls {@code listener} at each change until the subscription is closed. */
    Subscription listen(BiConsumer<UnitName, UnitStatus> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Ends what {@link #listen} began. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
