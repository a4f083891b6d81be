package io.livepatch.charm.exec;

import io.livepatch.charm.api.UnitStatus;
import io.livepatch.common.file.DiskSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Puts a lack of disk space into a unit's status. A charm names the directories that it writes to:
 *
 * <pre>
 * low    the status stays as it is, with the warning first in its message
 * full   at least blocked, since an operator has to act; running services are kept
 * </pre>
 *
 * <p>The space is measured on a thread of its own, and waited for no longer than {@link #MAX_WAIT_MILLIS}: a network file system that
 * hangs delays the charm by that once, and is itself reported. Until it answers, later calls report it without waiting.
 * Thread-safe.
 */
public final class DiskSpaceWarning {
    /** Below this and below a tenth of the file system, space is low; below a tenth of that it is full. In bytes. */
    public static final long LIMIT = 1L << 30;

    private static final long MAX_WAIT_MILLIS = 500;

    /** Measurements that have not ended: a directory whose file system hangs keeps one thread, not one a call. */
    private static final Map<Path, Measurement> RUNNING = new ConcurrentHashMap<>();

    /** One measurement, and whether a caller has waited for it in vain. */
    private static final class Measurement {
        private final CompletableFuture<DiskSpace> result = new CompletableFuture<>();
        private volatile boolean late;
    }

    /** In place of a measurement that failed: a file system that does not report its size gives no warning. */
    private static final DiskSpace UNKNOWN = new DiskSpace(Long.MAX_VALUE, Long.MAX_VALUE);

    private final Map<String, Path> places = new LinkedHashMap<>();
    private final long limit;

    private DiskSpaceWarning(long limit) {
        this.limit = limit;
    }

    /** Warns below {@link #LIMIT}. */
    public static DiskSpaceWarning watch() {
        return new DiskSpaceWarning(LIMIT);
    }

    /** Warns below that many bytes; never for 0. */
    public static DiskSpaceWarning watch(long limit) {
        return new DiskSpaceWarning(limit);
    }

    /** Adds a directory, by what is kept there; one that does not exist yet is measured at its parent. */
    public DiskSpaceWarning of(String what, Path directory) {
        places.put(what, directory);
        return this;
    }

    /** Measures all directories. */
    public Measured measure() {
        Map<String, Optional<DiskSpace>> spaces = new LinkedHashMap<>();
        places.forEach((what, directory) -> spaces.put(what, measured(directory)));
        return new Measured(spaces);
    }

    /** The space at the time of a measurement. Immutable. */
    public final class Measured {
        private final Map<String, Optional<DiskSpace>> spaces;

        private Measured(Map<String, Optional<DiskSpace>> spaces) {
            this.spaces = spaces;
        }

        /** By what is kept there, without those whose file system does not answer or does not report its size. */
        public Map<String, DiskSpace> known() {
            Map<String, DiskSpace> known = new LinkedHashMap<>();
            spaces.forEach((what, space) ->
                    space.filter(measured -> !measured.equals(UNKNOWN)).ifPresent(it -> known.put(what, it)));
            return known;
        }

        /** The status, with a warning if space is low. */
        public UnitStatus addTo(UnitStatus status) {
            Map<String, List<String>> lacking = new LinkedHashMap<>();
            // Directories of one file system have the same figures and are reported once.
            spaces.forEach((what, space) -> lack(space)
                    .ifPresent(lack -> lacking.computeIfAbsent(lack, _ -> new ArrayList<>())
                            .add(what + " '" + places.get(what) + "'")));
            if (lacking.isEmpty()) {
                return status;
            }
            String lacks = lacking.entrySet().stream()
                    .map(lack -> lack.getKey() + ": " + String.join(", ", lack.getValue()))
                    .collect(Collectors.joining("; "));
            boolean full = spaces.values().stream()
                    .flatMap(Optional::stream)
                    .anyMatch(space -> space.level(limit) == DiskSpace.Level.FULL);
            UnitStatus.Kind kind = full && status.kind().compareTo(UnitStatus.Kind.BLOCKED) < 0
                    ? UnitStatus.Kind.BLOCKED
                    : status.kind();
            return new UnitStatus(kind, status.message().isEmpty() ? lacks : lacks + "; " + status.message());
        }
    }

    private Optional<String> lack(Optional<DiskSpace> measured) {
        if (measured.isEmpty()) {
            return Optional.of("the file system does not answer, check its mount");
        }
        DiskSpace space = measured.get();
        return switch (space.level(limit)) {
            case OK -> Optional.empty();
            case LOW -> Optional.of("disk space is low (" + space + ")");
            case FULL -> Optional.of("disk is full, free some room (" + space + ")");
        };
    }

    /** The warning without a status; empty if there is enough space. */
    public Optional<String> problem() {
        String message = measure().addTo(UnitStatus.active("")).message();
        return message.isEmpty() ? Optional.empty() : Optional.of(message);
    }

    private static Measurement begin(Path directory, Function<Path, DiskSpace> measure) {
        Measurement measurement = new Measurement();
        Thread.ofPlatform().daemon().name("disk space of " + directory).start(() -> {
            try {
                measurement.result.complete(measure.apply(directory));
            } catch (RuntimeException e) {
                measurement.result.completeExceptionally(e);
            }
        });
        return measurement;
    }

    private static DiskSpace measure(Path directory) {
        try {
            return DiskSpace.of(directory);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static Optional<DiskSpace> measured(Path directory) {
        return measured(directory, DiskSpaceWarning::measure);
    }

    /** Empty if the file system does not answer in time, and at once while a measurement that was late has not ended. */
    static Optional<DiskSpace> measured(Path directory, Function<Path, DiskSpace> measure) {
        Measurement measurement = RUNNING.computeIfAbsent(directory, it -> begin(it, measure));
        try {
            return Optional.of(measurement.result.get(measurement.late ? 0 : MAX_WAIT_MILLIS, TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            measurement.late = true;
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(UNKNOWN);
        } catch (ExecutionException e) {
            return Optional.of(UNKNOWN);
        } finally {
            if (measurement.result.isDone()) {
                RUNNING.remove(directory, measurement);
            }
        }
    }
}
