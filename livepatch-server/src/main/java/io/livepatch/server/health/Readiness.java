package io.livepatch.server.health;

import io.livepatch.server.health.Availability.Purpose;
import io.livepatch.server.health.Check.Fault;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which kinds of work the unit can do. It opens its port for machines once one of them is possible for the first time, and
 * reports each by itself from then on: a database that is away stops check-ins and not downloads. Thread-safe.
 */
public final class Readiness implements AutoCloseable {
    /** The pause between two rounds of checks. */
    public static final Duration PERIOD = Duration.ofSeconds(1);

    /** The pause after the first round: most parts work a moment later. It grows up to {@link #PERIOD}. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

    /** The unit as a whole. */
    public enum State {
        /** No kind of work has been possible yet. */
        STARTING,
        /** All parts work. */
        READY,
        /** A part has a fault, and some work is possible. */
        DEGRADED,
        /** No work is possible. */
        NOT_READY,
        /** The unit is about to end. */
        DRAINING
    }

    /**
     * A part as of its last check.
     *
     * @param neededFor what is impossible while it has a fault
     * @param since when its fault began, also if its message changed since; empty without a fault
     */
    public record Part(String name, Set<Purpose> neededFor, Optional<Fault> fault, Optional<Instant> since) {
        boolean stops(Purpose purpose) {
            return fault.isPresent() && neededFor.contains(purpose);
        }
    }

    /**
     * The outcome of the checks.
     *
     * @param all whether every part works
     * @param purposes whether each kind of work is possible
     */
    public record Report(State state, List<Part> parts, Availability all, Map<Purpose, Availability> purposes) {
        /** Whether this kind of work is possible. */
        public Availability of(Purpose purpose) {
            return purposes.getOrDefault(purpose, all);
        }

        /** Possible while any kind of work is. */
        public Availability any() {
            return purposes.values().stream()
                    .filter(Availability::possible)
                    .findFirst()
                    .orElse(all);
        }
    }

    private final List<Check> checks;
    private final InstantSource clock;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("readiness").factory());
    /** When each kind of work became impossible; touched by the timer's thread alone. */
    private final Map<Purpose, Instant> lostSince = new HashMap<>();

    private volatile Report report;
    private volatile Optional<Instant> draining = Optional.empty();
    private List<Part> parts;
    private Optional<Instant> allLostSince;
    private boolean opened;

    /** These parts are checked in this order; later ones may rely on the earlier. Nothing is checked yet. */
    public Readiness(List<Check> checks, InstantSource clock) {
        this.checks = List.copyOf(checks);
        this.clock = clock;
        Instant now = clock.instant();
        this.parts = checks.stream()
                .map(check -> new Part(
                        check.name(), Purpose.ALL, Optional.of(Fault.passing("not checked yet")), Optional.of(now)))
                .toList();
        this.allLostSince = Optional.of(now);
        Purpose.ALL.forEach(purpose -> lostSince.put(purpose, now));
        this.report = reported();
    }

    /**
     * Begins to check.
     *
     * @param opening is checked once some kind of work is possible, until it succeeds; before that nothing is possible
     */
    public void start(Check opening) {
        timer.execute(() -> round(opening, FIRST_PAUSE));
    }

    private void round(Check opening, Duration pause) {
        try {
            checks.forEach(this::note);
            if (!opened && Purpose.ALL.stream().anyMatch(purpose -> nothingStops(purpose, opening.name()))) {
                note(opening);
                opened = Purpose.ALL.stream().anyMatch(this::nothingStops);
                publish();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("a round of checks ended early; parts that were not checked keep their last state", e);
        } finally {
            scheduleRound(opening, pause);
        }
    }

    private void scheduleRound(Check opening, Duration pause) {
        Duration next = report.state() == State.STARTING && pause.compareTo(PERIOD) < 0 ? pause : PERIOD;
        try {
            // The future is not needed: a round throws nothing, and closing ends the timer.
            var _ = timer.schedule(() -> round(opening, next.multipliedBy(2)), next.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed during a round of checks", e);
        }
    }

    private boolean nothingStops(Purpose purpose) {
        return parts.stream().noneMatch(part -> part.stops(purpose));
    }

    private boolean nothingStops(Purpose purpose, String except) {
        return parts.stream()
                .noneMatch(part -> part.stops(purpose) && !part.name().equals(except));
    }

    /** Publishes after each part: a store that takes seconds to answer must not delay what is known of the database. */
    private void note(Check check) {
        Optional<Fault> fault = check.ask();
        Optional<Instant> before = parts.stream()
                .filter(part -> part.name().equals(check.name()))
                .flatMap(part -> part.since().stream())
                .findFirst();
        Optional<Instant> since = fault.map(_ -> before.orElseGet(clock::instant));
        Part now = new Part(check.name(), Set.copyOf(check.neededFor().get()), fault, since);
        List<Part> next = new ArrayList<>(parts);
        int at = parts.stream().map(Part::name).toList().indexOf(check.name());
        if (at < 0) {
            next.add(now);
        } else {
            next.set(at, now);
        }
        parts = List.copyOf(next);
        publish();
    }

    private void publish() {
        Instant now = clock.instant();
        Purpose.ALL.forEach(purpose -> {
            if (opened && nothingStops(purpose)) {
                lostSince.remove(purpose);
            } else {
                lostSince.putIfAbsent(purpose, earliest(now, part -> part.stops(purpose)));
            }
        });
        boolean well = opened && parts.stream().allMatch(part -> part.fault().isEmpty());
        allLostSince = well
                ? Optional.empty()
                : allLostSince.or(
                        () -> Optional.of(earliest(now, part -> part.fault().isPresent())));
        Report before = report;
        Report after = reported();
        report = after;
        if (after.state() != before.state() || !possible(after).equals(possible(before))) {
            announce(after);
        }
    }

    private Instant earliest(Instant now, Predicate<Part> which) {
        return parts.stream()
                .filter(which)
                .flatMap(part -> part.since().stream())
                .min(Instant::compareTo)
                .orElse(now);
    }

    private static Set<Purpose> possible(Report report) {
        return report.purposes().entrySet().stream()
                .filter(entry -> entry.getValue().possible())
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    private void announce(Report now) {
        switch (now.all()) {
            case Availability.Possible _ -> LOG.info("unit is {}", now.state());
            case Availability.Impossible impossible ->
                LOG.warn(
                        "unit is {} since {}; possible: {}; faults: {}",
                        now.state(),
                        impossible.since(),
                        possible(now).stream().map(Purpose::text).sorted().toList(),
                        impossible.reason());
        }
    }

    private Report reported() {
        Availability.Cause cause = opened ? Availability.Cause.FAULT : Availability.Cause.STARTING;
        Map<Purpose, Availability> purposes = new HashMap<>();
        for (Purpose purpose : Purpose.values()) {
            Optional<Instant> since = Optional.ofNullable(lostSince.get(purpose));
            purposes.put(purpose, availability(cause, since, part -> opened ? part.stops(purpose) : faulty(part)));
        }
        Availability all = availability(cause, allLostSince, Readiness::faulty);
        boolean some = purposes.values().stream().anyMatch(Availability::possible);
        State state = all.possible() ? State.READY : !opened ? State.STARTING : some ? State.DEGRADED : State.NOT_READY;
        return new Report(state, parts, all, Map.copyOf(purposes));
    }

    private static boolean faulty(Part part) {
        return part.fault().isPresent();
    }

    private Availability availability(Availability.Cause cause, Optional<Instant> since, Predicate<Part> inTheWay) {
        return since.<Availability>map(instant -> new Availability.Impossible(
                        cause,
                        instant,
                        parts.stream()
                                .filter(inTheWay)
                                .flatMap(part -> part.fault().map(fault -> part.name() + ": " + fault.text()).stream())
                                .collect(Collectors.joining("; ")),
                        parts.stream()
                                .filter(inTheWay)
                                .anyMatch(part ->
                                        part.fault().filter(Fault::lasting).isPresent())))
                .orElseGet(Availability.Possible::new);
    }

    /** From now on the unit says that it wants no more traffic of any kind. */
    public void drain() {
        draining = draining.or(() -> Optional.of(clock.instant()));
    }

    /** The outcome of the last checks, from memory. */
    public Report report() {
        Report now = report;
        Optional<Instant> since = draining;
        if (since.isEmpty()) {
            return now;
        }
        Availability ending = new Availability.Impossible(
                Availability.Cause.DRAINING, since.get(), "the unit is about to end", false);
        Map<Purpose, Availability> purposes =
                Purpose.ALL.stream().collect(Collectors.toUnmodifiableMap(purpose -> purpose, _ -> ending));
        return new Report(State.DRAINING, now.parts(), ending, purposes);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
