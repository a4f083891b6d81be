package io.livepatch.server.disk;

import io.livepatch.common.file.DiskSpace;
import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the free space of this unit's directories every {@link #PERIOD}, in the background. Each directory is measured on its own
 * thread, so a hung network file system delays neither a caller nor the other directories; its last measurement becomes stale, or its first
 * one does not complete, and that is reported. Results are in memory. Thread-safe.
 */
public final class DiskSpaceMonitor implements AutoCloseable {
    /** How often each directory is measured: one {@code statvfs}. */
    public static final Duration PERIOD = Duration.ofSeconds(5);

    /** A measurement that is older than this is reported as a file system that does not answer. */
    static final Duration STALE_AFTER = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(DiskSpaceMonitor.class);

    /**
     * A directory to measure.
     *
     * @param name the value of the metrics' label {@code place}
     * @param directory evaluated at each measurement; empty while this unit uses no such directory
     */
    public record MonitoredDirectory(String name, Supplier<Optional<Path>> directory) {}

    interface Gauge {
        DiskSpace measure(Path directory) throws IOException;
    }

    /**
     * The last measurement of a directory.
     *
     * @param directory empty if it is not used
     * @param space empty until the first measurement of this directory completes
     * @param at when it was measured, or when the first measurement began
     */
    private record Measurement(
            Optional<Path> directory, Optional<DiskSpace> space, Instant at, Optional<String> failure) {}

    private final List<Monitored> monitored;
    private final long limit;
    private final InstantSource clock;
    private final Gauge gauge;
    private final Duration period;
    private final ScheduledExecutorService threads;

    private static final class Monitored {
        private final MonitoredDirectory directory;
        private volatile @Nullable Measurement last;

        Monitored(MonitoredDirectory directory) {
            this.directory = directory;
        }

        Optional<Measurement> last() {
            return Optional.ofNullable(last);
        }
    }

    /**
     * Starts nothing.
     *
     * @param limit {@code server.min-free-space} in bytes, see {@link DiskSpace#level}; 0 for no warnings
     */
    public DiskSpaceMonitor(List<MonitoredDirectory> directories, long limit, InstantSource clock) {
        this(directories, limit, clock, DiskSpace::of, PERIOD);
    }

    DiskSpaceMonitor(
            List<MonitoredDirectory> directories, long limit, InstantSource clock, Gauge gauge, Duration period) {
        this.monitored = directories.stream().map(Monitored::new).toList();
        this.limit = limit;
        this.clock = clock;
        this.gauge = gauge;
        this.period = period;
        this.threads = Executors.newScheduledThreadPool(
                directories.size(),
                Thread.ofPlatform().daemon().name("disk-space-", 0).factory());
    }

    /** Starts the measurements, and registers the metrics. */
    public void start(Metrics metrics) {
        metrics.gauges(
                "disk_free_bytes",
                "Bytes that the unit may still write there.",
                "place",
                () -> valuesByName(DiskSpace::free));
        metrics.gauges(
                "disk_size_bytes", "Size of the file system there.", "place", () -> valuesByName(DiskSpace::size));
        metrics.gauges(
                "disk_measurement_age_seconds",
                "How long ago the free space there was measured; it grows while the file system does not answer.",
                "place",
                this::ages);
        for (Monitored one : monitored) {
            var _ = threads.scheduleWithFixedDelay(() -> measure(one), 0, period.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Describes all disks that are low, full or unresponsive. From memory. */
    public Optional<String> problem() {
        String problems = monitored.stream()
                .flatMap(one -> one.last().flatMap(last -> problem(one.directory, last)).stream())
                .collect(Collectors.joining("; "));
        return problems.isEmpty() ? Optional.empty() : Optional.of(problems);
    }

    private void measure(Monitored one) {
        Optional<String> before = one.last().flatMap(last -> state(one.directory, last));
        Measurement now = measurement(one);
        one.last = now;
        Optional<String> after = state(one.directory, now);
        if (!before.equals(after)) {
            after.ifPresentOrElse(
                    _ -> LOG.warn("{}", problem(one.directory, now).orElse("")),
                    () -> LOG.info("the {} has enough free space again", one.directory.name()));
        }
    }

    private Measurement measurement(Monitored one) {
        Optional<Path> directory = Optional.empty();
        try {
            directory = one.directory.directory().get();
            if (directory.isPresent() && !one.last().map(Measurement::directory).equals(Optional.of(directory))) {
                // If the first measurement hangs, its age counts from here.
                one.last = new Measurement(directory, Optional.empty(), clock.instant(), Optional.empty());
            }
            Optional<DiskSpace> space =
                    directory.isPresent() ? Optional.of(gauge.measure(directory.get())) : Optional.empty();
            return new Measurement(directory, space, clock.instant(), Optional.empty());
        } catch (IOException | RuntimeException e) {
            // A periodic task that throws is not run again.
            return new Measurement(
                    directory, Optional.empty(), clock.instant(), Optional.of(String.valueOf(e.getMessage())));
        }
    }

    /** A change of this value is logged. */
    private Optional<String> state(MonitoredDirectory monitored, Measurement last) {
        return last.failure()
                .or(() -> last.space()
                        .map(space -> space.level(limit))
                        .filter(level -> level != DiskSpace.Level.OK)
                        .map(level -> monitored.name() + level));
    }

    private Optional<String> problem(MonitoredDirectory monitored, Measurement last) {
        if (last.directory().isEmpty() && last.failure().isEmpty()) {
            return Optional.empty();
        }
        String where =
                monitored.name() + " '" + last.directory().map(Path::toString).orElse("?") + "'";
        Duration age = Duration.between(last.at(), clock.instant());
        if (age.compareTo(STALE_AFTER) > 0) {
            return Optional.of("the file system of " + where + " has not answered for " + age.toSeconds()
                    + " s: check its mount and its server");
        }
        if (last.failure().isPresent()) {
            return Optional.of("the free space of " + where + " is not known: "
                    + last.failure().get());
        }
        return last.space().flatMap(space -> shortage(where, space));
    }

    private Optional<String> shortage(String where, DiskSpace space) {
        return switch (space.level(limit)) {
            case OK -> Optional.empty();
            case LOW -> Optional.of("disk space is low: " + where + " has " + space + "; free some room there");
            case FULL ->
                Optional.of("disk is full: " + where + " has " + space
                        + "; writes there fail, what is stored is served; free some room there");
        };
    }

    private Map<String, Double> valuesByName(ToDoubleFunction<DiskSpace> value) {
        Map<String, Double> values = new LinkedHashMap<>();
        monitored.forEach(one -> one.last()
                .flatMap(Measurement::space)
                .ifPresent(space -> values.put(one.directory.name(), value.applyAsDouble(space))));
        return values;
    }

    private Map<String, Double> ages() {
        Map<String, Double> ages = new LinkedHashMap<>();
        monitored.forEach(one -> one.last()
                .filter(last -> last.directory().isPresent())
                .ifPresent(last -> ages.put(
                        one.directory.name(),
                        Duration.between(last.at(), clock.instant()).toMillis() / 1e3)));
        return ages;
    }

    /** Stops the measurements; a hung one keeps its daemon thread. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
