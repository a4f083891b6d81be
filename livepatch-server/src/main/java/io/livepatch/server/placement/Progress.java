package io.livepatch.server.placement;

import java.time.Duration;
import java.util.Locale;

/**
 * The progress and speed of a task on patches.
 *
 * @param processed the bytes that were processed within {@code elapsed}; bytes that were done before do not count for the speed
 */
public record Progress(Count patches, Count bytes, long processed, Duration elapsed) {
    /** The done part of a total. */
    public record Count(long done, long total) {}

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
    private static final int UNIT_FACTOR = 1000;
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;

    /** {@code moved 120 of 300 patches, 1.2 of 3.0 GB, 40.0 MB/s, 45 s left}. */
    public String text(String verb) {
        int unit = unit(bytes.total());
        String line = "%s %d of %d patches, %s of %s %s"
                .formatted(
                        verb,
                        patches.done(),
                        patches.total(),
                        number(bytes.done(), unit),
                        number(bytes.total(), unit),
                        UNITS[unit]);
        double rate = processed / Math.max(elapsed.toNanos() / 1e9, 1e-3);
        if (processed <= 0 || bytes.done() >= bytes.total()) {
            return line;
        }
        return line + ", " + size((long) rate) + "/s, " + time((long) Math.ceil((bytes.total() - bytes.done()) / rate))
                + " left";
    }

    /** {@code 3.0 GB}. */
    public static String size(long bytes) {
        int unit = unit(bytes);
        return number(bytes, unit) + " " + UNITS[unit];
    }

    private static int unit(long bytes) {
        int unit = 0;
        for (long rest = bytes; rest >= UNIT_FACTOR; rest /= UNIT_FACTOR) {
            unit++;
        }
        return unit;
    }

    private static String number(long bytes, int unit) {
        return unit == 0
                ? String.valueOf(bytes)
                : String.format(Locale.ROOT, "%.1f", bytes / Math.pow(UNIT_FACTOR, unit));
    }

    private static String time(long seconds) {
        if (seconds < 2 * MINUTE) {
            return seconds + " s";
        }
        return seconds < 2 * HOUR
                ? Math.ceilDiv(seconds, MINUTE) + " min"
                : String.format(Locale.ROOT, "%.1f h", (double) seconds / HOUR);
    }
}
