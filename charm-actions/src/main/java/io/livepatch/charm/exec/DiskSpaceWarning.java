package io.livepatch.charm.exec;

import io.livepatch.charm.api.UnitStatus;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
 * full   at least blocked, since an operator has to act; what runs goes on running and serving
 * </pre>
 *
 * <p>The space is measured on a thread of its own, and waited for no longer than {@link #PATIENCE}: a network file system that hangs
 * delays the charm by that once, and is itself reported. Until it answers, later calls report it without waiting. Thread-safe.
 *
 * <p>A twin of {@code io.livepatch.storage.disk.DiskSpace}, since charm-actions must not depend on the module storage.
 */
public final class DiskSpace {
    /** Below this and below a tenth of the file system, space is low; below a tenth of that it is full. In bytes. */
    public static final long LIMIT = 1L << 30;

    private static final int PART = 10;
    private static final long PATIENCE = 500;

    /** Measurements that have not ended: a directory whose file system hangs keeps one thread, not one a call. */
    private static final Map<Path, Measurement> RUNNING = new ConcurrentHashMap<>();

    /** One measurement, and whether a caller has waited for it in vain. */
    private static final class Measurement {
        private final CompletableFuture<Free> result = new CompletableFuture<>();
        private volatile boolean late;
    }

    /**
     * What was measured.
     *
     * @param free bytes that may be written
     * @param size bytes of the file system; 0 if it does not say
     */
    record Free(long free, long size) {
        boolean low(long limit) {
            return size > 0 && free < Math.min(limit, size / PART);
        }

        boolean full(long limit) {
            return size > 0 && free < Math.min(limit, size / PART) / PART;
        }

        @Override
        public String toString() {
            return text(free) + " of " + text(size) + " free";
        }
    }

    private final Map<String, Path> places = new LinkedHashMap<>();
    private final long limit;

    private DiskSpace(long limit) {
        this.limit = limit;
    }

    /** Warns below {@link #LIMIT}. */
    public static DiskSpace watch() {
        return new DiskSpace(LIMIT);
    }

    /** Warns below that many bytes; never for 0. */
    public static DiskSpace watch(long limit) {
        return new DiskSpace(limit);
    }

    /** Adds a directory, by what is kept there; one that does not exist yet is measured where it would be made. */
    public DiskSpace of(String what, Path directory) {
        places.put(what, directory);
        return this;
    }

    /** Measures, and answers the status with what is to be said about it. */
    public UnitStatus addTo(UnitStatus status) {
        Map<String, List<String>> lacking = new LinkedHashMap<>();
        boolean full = false;
        for (Map.Entry<String, Path> place : places.entrySet()) {
            Optional<Free> free = measured(place.getValue());
            full |= free.filter(measured -> measured.full(limit)).isPresent();
            // Directories of one file system have the same figures and are told together.
            lack(free)
                    .ifPresent(lack -> lacking.computeIfAbsent(lack, _ -> new ArrayList<>())
                            .add(place.getKey() + " '" + place.getValue() + "'"));
        }
        if (lacking.isEmpty()) {
            return status;
        }
        String lacks = lacking.entrySet().stream()
                .map(lack -> lack.getKey() + ": " + String.join(", ", lack.getValue()))
                .collect(Collectors.joining("; "));
        UnitStatus.Kind kind =
                full && status.kind().compareTo(UnitStatus.Kind.BLOCKED) < 0 ? UnitStatus.Kind.BLOCKED : status.kind();
        return new UnitStatus(kind, status.message().isEmpty() ? lacks : lacks + "; " + status.message());
    }

    private Optional<String> lack(Optional<Free> measured) {
        if (measured.isEmpty()) {
            return Optional.of("the file system does not answer, check its mount");
        }
        Free free = measured.get();
        if (free.full(limit)) {
            return Optional.of("disk is full, free some room (" + free + ")");
        }
        return free.low(limit) ? Optional.of("disk space is low (" + free + ")") : Optional.empty();
    }

    /** What is lacking, without a status: for who has none. */
    public Optional<String> problem() {
        String message = addTo(UnitStatus.active("")).message();
        return message.isEmpty() ? Optional.empty() : Optional.of(message);
    }

    private static Measurement begin(Path directory, Function<Path, Free> measure) {
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

    /** Not by {@code Files.getFileStore}, which throws in a chroot whose root is no mount point. */
    private static Free measure(Path directory) {
        File file = directory.toAbsolutePath().toFile();
        while (!file.exists() && file.getParentFile() != null) {
            file = file.getParentFile();
        }
        return new Free(file.getUsableSpace(), file.getTotalSpace());
    }

    private static String text(long bytes) {
        double mebibytes = bytes / 1024.0 / 1024;
        return mebibytes < 1024
                ? String.format(Locale.ROOT, "%.1f MiB", mebibytes)
                : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
    }

    private static Optional<Free> measured(Path directory) {
        return measured(directory, DiskSpace::measure);
    }

    /** Empty if the file system does not answer in time, and at once while a measurement that was late has not ended. */
    static Optional<Free> measured(Path directory, Function<Path, Free> measure) {
        Measurement measurement = RUNNING.computeIfAbsent(directory, it -> begin(it, measure));
        try {
            return Optional.of(measurement.result.get(measurement.late ? 0 : PATIENCE, TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            measurement.late = true;
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new Free(0, 0));
        } catch (ExecutionException e) {
            return Optional.of(new Free(0, 0));
        } finally {
            if (measurement.result.isDone()) {
                RUNNING.remove(directory, measurement);
            }
        }
    }
}
