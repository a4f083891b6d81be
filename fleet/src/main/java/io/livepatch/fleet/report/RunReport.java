package io.livepatch.fleet.report;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.verdict.Verdict;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The report of a run, or of one replica's part of it.
 *
 * @param name of the configuration
 * @param replicas configured
 * @param shortfalls periods of missing replicas
 * @param events of the stack and of the run, by time
 */
public record RunReport(
        String name,
        Instant begin,
        Instant end,
        int replicas,
        List<FlockReport> flocks,
        List<Shortfall> shortfalls,
        List<Event> events,
        Environment environment) {

    /**
     * The results of one flock.
     *
     * @param warnings reasons to doubt the measurements
     */
    public record FlockReport(Flock flock, RunStats figures, List<Check> checks, List<String> warnings) {
        public FlockReport {
            checks = List.copyOf(checks);
            warnings = List.copyOf(warnings);
        }

        /** Evaluates the thresholds of the flock. */
        public static FlockReport of(Flock flock, RunStats figures) {
            Verdict verdict = Verdict.of(flock, figures);
            return new FlockReport(flock, figures, verdict.checks(), verdict.warnings());
        }

        public boolean passed() {
            return checks.stream().allMatch(Check::passed);
        }

        /** The responses of the busiest unit as a multiple of the mean: 1 is even. Empty if no response names a unit. */
        OptionalDouble imbalance() {
            LongSummaryStatistics units =
                    figures.units().values().stream().mapToLong(Long::longValue).summaryStatistics();
            return units.getAverage() == 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(units.getMax() / units.getAverage());
        }

        private FlockReport plus(FlockReport other) {
            return of(flock, figures.plus(other.figures));
        }
    }

    /**
     * A period in which replicas were missing.
     *
     * @param covered when the others had taken over their share; until then the load was below its target
     * @param to their return, or the end of the run
     * @param missing their indices
     */
    public record Shortfall(Instant from, Instant covered, Instant to, Set<Integer> missing) {
        public Shortfall {
            missing = Set.copyOf(missing);
        }
    }

    /**
     * An event on the time axis.
     *
     * @param kind such as {@code config}, {@code reload}, {@code command}
     */
    public record Event(Instant at, String text, String kind) {}

    /** The generator's runtime. */
    public record Environment(String java, int cpus) {
        public static Environment here() {
            return new Environment(
                    Runtime.version().toString(), Runtime.getRuntime().availableProcessors());
        }
    }

    public RunReport {
        flocks = List.copyOf(flocks);
        shortfalls = List.copyOf(shortfalls);
        events = List.copyOf(events);
    }

    public boolean passed() {
        return flocks.stream().allMatch(FlockReport::passed);
    }

    /** The common start, the origin of all times in a report. */
    Instant start() {
        return flocks.isEmpty() ? begin : flocks.getFirst().figures().begin();
    }

    public Duration duration() {
        return Duration.between(begin, end);
    }

    /** The time for which the load was below its target because replicas were missing; overlapping periods count once. */
    Duration belowTarget() {
        Duration below = Duration.ZERO;
        Instant counted = Instant.MIN;
        for (Shortfall it : shortfalls.stream()
                .sorted(Comparator.comparing(Shortfall::from))
                .toList()) {
            Instant from = it.from().isAfter(counted) ? it.from() : counted;
            if (it.covered().isAfter(from)) {
                below = below.plus(Duration.between(from, it.covered()));
                counted = it.covered();
            }
        }
        return below;
    }

    /** Merges the report of another replica of the same run, and evaluates the thresholds again. */
    public RunReport plus(RunReport other) {
        if (!name.equals(other.name)) {
            throw new IllegalArgumentException("reports of different runs: '%s' and '%s'".formatted(name, other.name));
        }
        List<FlockReport> merged = new ArrayList<>(flocks);
        for (FlockReport flock : other.flocks) {
            int at = merged.stream().map(FlockReport::flock).toList().indexOf(flock.flock());
            if (at < 0) {
                merged.add(flock);
            } else {
                merged.set(at, merged.get(at).plus(flock));
            }
        }
        return new RunReport(
                name,
                begin.isBefore(other.begin) ? begin : other.begin,
                end.isAfter(other.end) ? end : other.end,
                Math.max(replicas, other.replicas),
                merged,
                union(shortfalls, other.shortfalls),
                union(events, other.events).stream()
                        .sorted(Comparator.comparing(Event::at))
                        .toList(),
                environment);
    }

    private static <T> List<T> union(Collection<T> one, Collection<T> other) {
        return List.copyOf(
                new LinkedHashSet<>(Stream.concat(one.stream(), other.stream()).toList()));
    }
}
