package io.livepatch.fleet.gate;

import io.livepatch.fleet.report.RunReport;
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

/** Runs a command while loads run, which it neither starts nor stops, and judges both. */
public final class Gate {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final GateDurations gateDurations;
    private final List<ObservedLoad> loads;
    private final InstantSource clock;

    public Gate(GateDurations gateDurations, List<ObservedLoad> loads, InstantSource clock) {
        this.gateDurations = gateDurations;
        this.loads = List.copyOf(loads);
        this.clock = clock;
    }

    /**
     * Does not run the command if the load fails without it.
     *
     * @throws UncheckedIOException when the command cannot be started
     * @throws InterruptedException when interrupted; the command, too, has been ended then
     */
    public GateResult run(Command command) throws InterruptedException {
        List<LoadObserver> watches = loads.stream().map(LoadObserver::new).toList();
        Thread.sleep(loads.stream()
                .map(it -> it.flock().warmUp())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO));
        Duration half = gateDurations.warm().dividedBy(2);
        Thread.sleep(half);
        watches.forEach(LoadObserver::warming);
        Thread.sleep(gateDurations.warm().minus(half));
        watches.forEach(LoadObserver::begins);
        List<Check> sound = watches.stream().map(LoadObserver::sound).toList();
        if (!sound.stream().allMatch(Check::passed)) {
            List<Check> checks = new ArrayList<>(sound);
            checks.add(new Check("the command succeeds", "it was not run", false));
            return new GateResult(
                    checks, watches.stream().map(LoadObserver::unjudged).toList(), List.of());
        }
        List<RunReport.Event> events = new ArrayList<>();
        Check succeeded = execute(command, events);
        Thread.sleep(gateDurations.after());
        watches.forEach(LoadObserver::allDue);
        settle(watches);
        return new GateResult(
                List.of(succeeded), watches.stream().map(LoadObserver::report).toList(), events);
    }

    private Check execute(Command command, List<RunReport.Event> events) throws InterruptedException {
        Instant begin = clock.instant();
        events.add(new RunReport.Event(begin, command.text(), "command"));
        OptionalInt status;
        try (RunningCommand running = command.prepared()) {
            running.start();
            status = running.await(gateDurations.command());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run '%s': %s".formatted(command.text(), e.getMessage()), e);
        }
        Instant end = clock.instant();
        String took = NumberFormat.time(Duration.between(begin, end));
        String words = status.isPresent()
                ? "exit status %d after %s".formatted(status.getAsInt(), took)
                : "it had not ended by itself after %s".formatted(NumberFormat.time(gateDurations.command()));
        events.add(new RunReport.Event(end, words, "command"));
        return new Check("the command succeeds", words, status.isPresent() && status.getAsInt() == 0);
    }

    private void settle(List<LoadObserver> watches) throws InterruptedException {
        Instant last = clock.instant().plus(gateDurations.settle());
        // All are asked each time: what has settled is judged by the same moment.
        while (watches.stream().filter(it -> !it.settled()).count() > 0
                && clock.instant().isBefore(last)) {
            Thread.sleep(LOOK);
        }
    }
}
