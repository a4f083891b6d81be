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
import java.util.Set;
import java.util.stream.Stream;

/**
 * A whole run, or one replica's part of it.
 *
 * @param name of the configuration
 * @param replicas that were asked for
 * @param shortfalls when replicas were missing, and the load below its target until others had their share
 * @param events of the stack and of the run, in the order of time
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
     * One flock.
     *
     * @param warnings reasons to doubt the numbers
     */
    public record FlockReport(Flock flock, RunStats figures, List<Check> checks, List<String> warnings) {
        public FlockReport {
            checks = List.copyOf(checks);
            warnings = List.copyOf(warnings);
        }

        /** With the verdict that its thresholds give. */
        public static FlockReport of(Flock flock, RunStats figures) {
            Verdict verdict = Verdict.of(flock, figures);
            return new FlockReport(flock, figures, verdict.checks(), verdict.warnings());
        }

        public boolean passed() {
            return checks.stream().allMatch(Check::passed);
        }

        private FlockReport plus(FlockReport other) {
            return of(flock, figures.plus(other.figures));
        }
    }

    /**
     * Some replicas were missing.
     *
     * @param covered when the others had their share: until then the load was below its target
     * @param to when they were back, or the end of the run
     * @param missing their indices
     */
    public record Shortfall(Instant from, Instant covered, Instant to, Set<Integer> missing) {
        public Shortfall {
            missing = Set.copyOf(missing);
        }
    }

    /**
     * Something happened.
     *
     * @param kind a word to tell events apart by, as in {@code config}, {@code reload}, {@code command}
     */
    public record Event(Instant at, String text, String kind) {}

    /** What the generator ran on. */
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

    /** The common start, from which all times in a report count. */
    Instant start() {
        return flocks.isEmpty() ? begin : flocks.getFirst().figures().begin();
    }

    public Duration duration() {
        return Duration.between(begin, end);
    }

    /** Of the same run, from another replica; judged anew. */
    public RunReport plus(RunReport other) {
        if (!name.equals(other.name)) {
            throw new IllegalArgumentException("not of one run: '%s' and '%s'".formatted(name, other.name));
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
