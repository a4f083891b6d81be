package io.livepatch.server.health;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the unit takes traffic. It does once every part has worked at the same time, and as long as all do; never again
 * once it drains. Thread-safe.
 */
public final class Readiness implements AutoCloseable {
    /** How often the parts are asked. */
    public static final Duration PERIOD = Duration.ofSeconds(1);

    /** The pause after the first asking: most parts are there a moment later. It grows up to {@link #PERIOD}. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

    /** Where the unit is in its life. */
    public enum State {
        STARTING,
        READY,
        NOT_READY,
        DRAINING
    }

    /**
     * The state and what led to it.
     *
     * @param problems what does not work, by part; parts that work have an empty one
     */
    public record Report(State state, Map<String, Optional<String>> problems) {
        /** All that does not work, in one line. */
        public String detail() {
            return problems.entrySet().stream()
                    .flatMap(part -> part.getValue().map(problem -> part.getKey() + ": " + problem).stream())
                    .collect(Collectors.joining("; "));
        }
    }

    private final List<Check> checks;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("readiness").factory());
    private volatile Report report;
    private volatile boolean draining;
    private boolean opened;

    /** These parts are asked in this order; later ones may count on the earlier. Nothing is asked yet. */
    public Readiness(List<Check> checks) {
        this.checks = List.copyOf(checks);
        Map<String, Optional<String>> unknown = new LinkedHashMap<>();
        checks.forEach(check -> unknown.put(check.name(), Optional.of("not asked yet")));
        this.report = new Report(State.STARTING, unknown);
    }

    /**
     * Begins to ask.
     *
     * @param opening asked when all parts work, until it has worked once; only then the unit is ready
     */
    public void start(Check opening) {
        timer.execute(() -> ask(opening, FIRST_PAUSE));
    }

    private void ask(Check opening, Duration pause) {
        note(opening);
        Duration next = report.state() == State.STARTING && pause.compareTo(PERIOD) < 0 ? pause : PERIOD;
        try {
            // Nothing comes of the future: asking throws nothing, and closing ends the timer.
            var _ = timer.schedule(() -> ask(opening, next.multipliedBy(2)), next.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed while asking", e);
        }
    }

    private void note(Check opening) {
        Map<String, Optional<String>> problems = new LinkedHashMap<>();
        checks.forEach(check -> problems.put(check.name(), check.ask()));
        if (!opened && problems.values().stream().allMatch(Optional::isEmpty)) {
            problems.put(opening.name(), opening.ask());
            opened = problems.get(opening.name()).isEmpty();
        }
        boolean well = problems.values().stream().allMatch(Optional::isEmpty);
        Report before = report;
        State state = well ? State.READY : before.state() == State.STARTING ? State.STARTING : State.NOT_READY;
        Report now = new Report(state, problems);
        report = now;
        if (now.state() != before.state()) {
            LOG.info("unit is {}{}", state, well ? "" : " (" + now.detail() + ")");
        }
    }

    /** From now on the unit says that it wants no more traffic. */
    public void drain() {
        draining = true;
    }

    /** How it is, as of the last second. */
    public Report report() {
        Report now = report;
        return draining ? new Report(State.DRAINING, now.problems()) : now;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
