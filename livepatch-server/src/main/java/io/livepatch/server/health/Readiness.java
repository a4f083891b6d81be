package io.livepatch.server.health;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
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

    /** These parts are asked in this order; later ones may count on the earlier. Nothing is asked yet. */
    public Readiness(List<Check> checks) {
        this.checks = List.copyOf(checks);
        Map<String, Optional<String>> unknown = new LinkedHashMap<>();
        checks.forEach(check -> unknown.put(check.name(), Optional.of("not asked yet")));
        this.report = new Report(State.STARTING, unknown);
    }

    /** Begins to ask. */
    public void start() {
        // Nothing comes of the future: asking throws nothing, and closing ends the timer.
        var _ = timer.scheduleWithFixedDelay(this::ask, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void ask() {
        Map<String, Optional<String>> problems = new LinkedHashMap<>();
        checks.forEach(check -> problems.put(check.name(), check.ask()));
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
