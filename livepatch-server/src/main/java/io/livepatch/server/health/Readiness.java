package io.livepatch.server.health;

import io.livepatch.server.health.Availability.Capability;
import io.livepatch.server.health.ReadinessCheck.Fault;
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
 * Evaluates the health checks periodically. The unit opens its port for machines when the first capability becomes available, and reports
 * each capability separately from then on: an unavailable database disables check-ins, not downloads. Thread-safe.
 */
public final class Readiness implements AutoCloseable {
    /** The pause between two rounds of checks. */
    public static final Duration PERIOD = Duration.ofSeconds(1);

    /** The pause after the first round, doubled up to {@link #PERIOD}: most parts become healthy soon. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

    public enum State {
        /** No capability has been available yet. */
        STARTING,
        /** No part has a fault. */
        READY,
        /** A part has a fault, and some capability is available. */
        DEGRADED,
        /** No capability is available. */
        NOT_READY,
        /** The unit is about to stop. */
        DRAINING
    }

    /**
     * A part as of its last check.
     *
     * @param neededFor the capabilities that its fault disables
     * @param since when its fault began; unchanged if its message changes
     */
    public record Part(String name, Set<Capability> neededFor, Optional<Fault> fault, Optional<Instant> since) {
        boolean blocks(Capability capability) {
            return fault.isPresent() && neededFor.contains(capability);
        }
    }

    /**
     * The result of the checks.
     *
     * @param all available if no part has a fault
     * @param capabilities the availability of each
     */
    public record Report(State state, List<Part> parts, Availability all, Map<Capability, Availability> capabilities) {
        public Availability of(Capability capability) {
            return capabilities.getOrDefault(capability, all);
        }

        /** Available if any capability is. */
        public Availability any() {
            return capabilities.values().stream()
                    .filter(Availability::possible)
                    .findFirst()
                    .orElse(all);
        }
    }

    private final List<ReadinessCheck> checks;
    private final InstantSource clock;
    private final Duration period;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("readiness").factory());
    /** When each capability became unavailable; confined to the timer's thread. */
    private final Map<Capability, Instant> lostSince = new HashMap<>();

    private volatile Report report;
    private volatile Optional<Instant> draining = Optional.empty();
    private List<Part> parts;
    private Optional<Instant> unhealthySince;
    private boolean opened;

    /** @param checks in the order of evaluation: later ones may depend on earlier ones */
    public Readiness(List<ReadinessCheck> checks, InstantSource clock) {
        this(checks, clock, PERIOD);
    }

    Readiness(List<ReadinessCheck> checks, InstantSource clock, Duration period) {
        this.period = period;
        this.checks = List.copyOf(checks);
        this.clock = clock;
        Instant now = clock.instant();
        this.parts = checks.stream()
                .map(check -> new Part(
                        check.name(), Capability.ALL, Optional.of(Fault.passing("not checked yet")), Optional.of(now)))
                .toList();
        this.unhealthySince = Optional.of(now);
        Capability.ALL.forEach(capability -> lostSince.put(capability, now));
        this.report = buildReport();
    }

    /**
     * Starts the rounds of checks.
     *
     * @param opening evaluated when the first capability is available, until it succeeds; before that no capability is
     */
    public void start(ReadinessCheck opening) {
        timer.execute(() -> runRound(opening, FIRST_PAUSE));
    }

    private void runRound(ReadinessCheck opening, Duration pause) {
        try {
            checks.forEach(this::evaluate);
            if (!opened && Capability.ALL.stream().anyMatch(capability -> isUnblocked(capability, opening.name()))) {
                evaluate(opening);
                opened = Capability.ALL.stream().anyMatch(this::isUnblocked);
                publish();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("a round of checks ended early; parts that were not checked keep their last state", e);
        } finally {
            scheduleRound(opening, pause);
        }
    }

    private void scheduleRound(ReadinessCheck opening, Duration pause) {
        Duration next = report.state() == State.STARTING && pause.compareTo(period) < 0 ? pause : period;
        try {
            // The future is ignored: a round throws nothing, and close stops the timer.
            var _ = timer.schedule(
                    () -> runRound(opening, next.multipliedBy(2)), next.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed during a round of checks", e);
        }
    }

    private boolean isUnblocked(Capability capability) {
        return parts.stream().noneMatch(part -> part.blocks(capability));
    }

    private boolean isUnblocked(Capability capability, String except) {
        return parts.stream()
                .noneMatch(part -> part.blocks(capability) && !part.name().equals(except));
    }

    /** Publishes after each check: a slow store must not delay a fault of the database. */
    private void evaluate(ReadinessCheck check) {
        Optional<Fault> fault = check.evaluate();
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
        Capability.ALL.forEach(capability -> {
            if (opened && isUnblocked(capability)) {
                lostSince.remove(capability);
            } else {
                lostSince.putIfAbsent(capability, earliest(now, part -> part.blocks(capability)));
            }
        });
        boolean healthy = opened && parts.stream().allMatch(part -> part.fault().isEmpty());
        unhealthySince = healthy
                ? Optional.empty()
                : unhealthySince.or(
                        () -> Optional.of(earliest(now, part -> part.fault().isPresent())));
        Report before = report;
        Report after = buildReport();
        report = after;
        if (after.state() != before.state() || !possible(after).equals(possible(before))) {
            logChange(after);
        }
    }

    private Instant earliest(Instant now, Predicate<Part> condition) {
        return parts.stream()
                .filter(condition)
                .flatMap(part -> part.since().stream())
                .min(Instant::compareTo)
                .orElse(now);
    }

    private static Set<Capability> possible(Report report) {
        return report.capabilities().entrySet().stream()
                .filter(entry -> entry.getValue().possible())
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    private void logChange(Report now) {
        switch (now.all()) {
            case Availability.Possible _ -> LOG.info("unit is {}", now.state());
            case Availability.Impossible impossible ->
                LOG.warn(
                        "unit is {} since {}; possible: {}; faults: {}",
                        now.state(),
                        impossible.since(),
                        possible(now).stream().map(Capability::text).sorted().toList(),
                        impossible.reason());
        }
    }

    private Report buildReport() {
        Availability.Cause cause = opened ? Availability.Cause.FAULT : Availability.Cause.STARTING;
        Map<Capability, Availability> capabilities = new HashMap<>();
        for (Capability capability : Capability.values()) {
            Optional<Instant> since = Optional.ofNullable(lostSince.get(capability));
            capabilities.put(
                    capability, availability(cause, since, part -> opened ? part.blocks(capability) : faulty(part)));
        }
        Availability all = availability(cause, unhealthySince, Readiness::faulty);
        boolean anyPossible = capabilities.values().stream().anyMatch(Availability::possible);
        State state = all.possible()
                ? State.READY
                : !opened ? State.STARTING : anyPossible ? State.DEGRADED : State.NOT_READY;
        return new Report(state, parts, all, Map.copyOf(capabilities));
    }

    private static boolean faulty(Part part) {
        return part.fault().isPresent();
    }

    private Availability availability(Availability.Cause cause, Optional<Instant> since, Predicate<Part> isCause) {
        return since.<Availability>map(instant -> new Availability.Impossible(
                        cause,
                        instant,
                        parts.stream()
                                .filter(isCause)
                                .flatMap(part -> part.fault().map(fault -> part.name() + ": " + fault.text()).stream())
                                .collect(Collectors.joining("; ")),
                        parts.stream()
                                .filter(isCause)
                                .anyMatch(part ->
                                        part.fault().filter(Fault::lasting).isPresent())))
                .orElseGet(Availability.Possible::new);
    }

    /** Reports every capability as unavailable from now on. */
    public void drain() {
        draining = draining.or(() -> Optional.of(clock.instant()));
    }

    /** The result of the last checks, from memory. */
    public Report report() {
        Report now = report;
        Optional<Instant> since = draining;
        if (since.isEmpty()) {
            return now;
        }
        Availability ending = new Availability.Impossible(
                Availability.Cause.DRAINING, since.get(), "the unit is about to stop", false);
        Map<Capability, Availability> capabilities =
                Capability.ALL.stream().collect(Collectors.toUnmodifiableMap(capability -> capability, _ -> ending));
        return new Report(State.DRAINING, now.parts(), ending, capabilities);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
