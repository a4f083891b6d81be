package io.livepatch.common.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The free and total space of the file system that holds a directory, as {@code statvfs} reports it.
 *
 * <p>{@code Files.getFileStore} is not used: it searches the mount table and throws "Mount point not found" if the root directory is not a
 * mount point, as in a plain chroot.
 *
 * @param free bytes that this process can still write; blocks reserved for root are not counted
 * @param size bytes of the whole file system
 */
public record DiskSpace(long free, long size) {

    /** How severe the lack of space is. */
    public enum Level {
        OK,
        /** Below the limit; writes still succeed. */
        LOW,
        /** Below a tenth of the limit: writes fail, or will soon. */
        FULL
    }

    private static final int LOW_PART = 10;
    private static final int FULL_PART = 10;

    public DiskSpace {
        if (free < 0 || size < 1) {
            throw new IllegalArgumentException(
                    "free space " + free + " or size " + size + " of a file system is out of range");
        }
    }

    /**
     * Measures the file system by one system call. It blocks until the file system answers, which a network file system whose server is
     * down may never do, so call it on a thread that may block.
     *
     * @param directory if it does not exist, its nearest ancestor that does is measured
     * @throws IOException if the file system does not report its size
     */
    public static DiskSpace of(Path directory) throws IOException {
        File file = existing(directory.toAbsolutePath());
        long size = file.getTotalSpace();
        if (size <= 0) {
            throw new IOException("the file system of '" + file + "' does not report its size");
        }
        return new DiskSpace(Math.max(0, file.getUsableSpace()), size);
    }

    private static File existing(Path directory) {
        File file = directory.toFile();
        for (@Nullable File next = file; next != null; next = next.getParentFile()) {
            if (next.exists()) {
                return next;
            }
        }
        return file;
    }

    /**
     * Rates the free space.
     *
     * @param limit in bytes; {@link Level#LOW} is below this and below a tenth of the file system, so that neither a small disk nor a
     *     large one that is half full warns without need; {@link Level#FULL} is below a tenth of that
     */
    public Level level(long limit) {
        long low = Math.min(limit, size / LOW_PART);
        if (free >= low) {
            return Level.OK;
        }
        return free < low / FULL_PART ? Level.FULL : Level.LOW;
    }

    /** Like {@code 812.4 MiB of 20.0 GiB free}. */
    @Override
    public String toString() {
        return text(free) + " of " + text(size) + " free";
    }

    private static String text(long bytes) {
        String[] units = {"KiB", "MiB", "GiB", "TiB"};
        double value = bytes / 1024.0;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
