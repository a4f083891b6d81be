package io.livepatch.fleet.gate;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.gate.GatedCommand.RunningCommand;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Runs a command while loads run, and evaluates both. Neither starts nor stops the loads. */
public final class Gate {
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

    private final GateDurations gateDurations;
    private final List<ObservedLoad> loads;
    private final InstantSource clock;

    public Gate(GateDurations gateDurations, List<ObservedLoad> loads, InstantSource clock) {
        this.gateDurations = gateDurations;
        this.loads = List.copyOf(loads);
        this.clock = clock;
    }

    /**
     * Does not run the command if the load fails before it.
     *
     * @throws UncheckedIOException when the command cannot be started
     * @throws InterruptedException when interrupted; the command has been killed then
     */
    public GateResult run(GatedCommand command) throws InterruptedException {
        List<LoadObserver> observers = loads.stream().map(LoadObserver::new).toList();
        Thread.sleep(loads.stream()
                .map(it -> it.flock().warmUp())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO));
        Duration half = gateDurations.warm().dividedBy(2);
        Thread.sleep(half);
        observers.forEach(LoadObserver::markWarm);
        Thread.sleep(gateDurations.warm().minus(half));
        observers.forEach(LoadObserver::markBegin);
        List<Check> soundness = observers.stream().map(LoadObserver::sound).toList();
        if (!soundness.stream().allMatch(Check::passed)) {
            List<Check> checks = new ArrayList<>(soundness);
            checks.add(new Check("the command succeeds", "it was not run", false));
            return new GateResult(
                    checks,
                    observers.stream().map(LoadObserver::reportWithoutChecks).toList(),
                    List.of());
        }
        List<RunReport.Event> events = new ArrayList<>();
        Check succeeded = execute(command, events);
        Thread.sleep(gateDurations.after());
        observers.forEach(LoadObserver::markDue);
        settle(observers);
        return new GateResult(
                List.of(succeeded), observers.stream().map(LoadObserver::report).toList(), events);
    }

    private Check execute(GatedCommand command, List<RunReport.Event> events) throws InterruptedException {
        Instant begin = clock.instant();
        events.add(new RunReport.Event(begin, command.text(), "command"));
        OptionalInt status;
        try (RunningCommand running = command.prepare()) {
            running.start();
            status = running.await(gateDurations.command());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run '%s': %s".formatted(command.text(), e.getMessage()), e);
        }
        Instant end = clock.instant();
        String took = NumberFormat.time(Duration.between(begin, end));
        String words = status.isPresent()
                ? "exit status %d after %s".formatted(status.getAsInt(), took)
                : "it was killed after %s".formatted(NumberFormat.time(gateDurations.command()));
        events.add(new RunReport.Event(end, words, "command"));
        return new Check("the command succeeds", words, status.isPresent() && status.getAsInt() == 0);
    }

    private void settle(List<LoadObserver> observers) throws InterruptedException {
        Instant deadline = clock.instant().plus(gateDurations.settle());
        // Polls all observers each time, so that all are evaluated at the same time.
        while (observers.stream().filter(it -> !it.settled()).count() > 0
                && clock.instant().isBefore(deadline)) {
            Thread.sleep(POLL_INTERVAL);
        }
    }

    /**
     * The durations of a gate's phases.
     *
     * @param warm the load runs alone, as the reference
     * @param command timeout of the command
     * @param after the load continues, since a change may break something later
     * @param settle iterations that have not ended by then count as lost
     */
    public record GateDurations(Duration warm, Duration command, Duration after, Duration settle) {
        public static final GateDurations DEFAULT = new GateDurations(
                Duration.ofSeconds(5), Duration.ofMinutes(10), Duration.ofSeconds(10), Duration.ofSeconds(10));

        public GateDurations {
            if (!warm.isPositive() || !command.isPositive() || after.isNegative() || settle.isNegative()) {
                throw new IllegalArgumentException(
                        "a gate needs positive times for warm-up and command, and no negative ones: warm '%s', command '%s', after '%s', settle '%s'"
                                .formatted(warm, command, after, settle));
            }
        }
    }

    /**
     * The result of a gate.
     *
     * @param checks of the gate itself: the load was sound before the command, and the command succeeded
     * @param flocks measurements of the whole run, with checks of the evaluated part
     */
    public record GateResult(List<Check> checks, List<RunReport.FlockReport> flocks, List<RunReport.Event> events) {
        public GateResult {
            checks = List.copyOf(checks);
            flocks = List.copyOf(flocks);
            events = List.copyOf(events);
        }

        public boolean passed() {
            return checks.stream().allMatch(Check::passed) && flocks.stream().allMatch(RunReport.FlockReport::passed);
        }

        /** Adds the gate's own checks to the first flock. */
        public RunReport report(String name, Instant begin, Instant end, int replicas) {
            RunReport.FlockReport first = flocks.getFirst();
            RunReport.FlockReport whole = new RunReport.FlockReport(
                    first.flock(),
                    first.figures(),
                    Stream.concat(checks.stream(), first.checks().stream()).toList(),
                    first.warnings());
            return new RunReport(
                    name,
                    begin,
                    end,
                    replicas,
                    Stream.concat(Stream.of(whole), flocks.stream().skip(1)).toList(),
                    List.of(),
                    events,
                    RunReport.Environment.here());
        }
    }

    /**
     * A load that a gate observes.
     *
     * @param figures of all replicas so far
     * @param ended whether the load has ended
     */
    public record ObservedLoad(Flock flock, Supplier<RunStats> figures, BooleanSupplier ended) {}
}
