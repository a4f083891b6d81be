package io.livepatch.common.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes: {@code 512MiB}, {@code 512M}, or a bare number. {@code MB} is refused, since it is often understood as MiB.
 *
 * @param bytes at least 0
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
    private static final Pattern SIZE = Pattern.compile("(?<number>\\d{1,18})\\s*(?<unit>|B|[KMGT](?:iB)?)");
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("is below 0");
        }
    }

    /**
     * Reads a size.
     *
     * @throws IllegalArgumentException if the text is not one; its message completes "'TEXT' …"
     */
    public static DataSize parse(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("is not a size");
        }
        String unit = matcher.group("unit");
        int shift = unit.isEmpty() ? 0 : 10 * "BKMGT".indexOf(unit.charAt(0));
        long number = Long.parseLong(matcher.group("number"));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("is out of range");
        }
        return new DataSize(number << shift);
    }

    /** Rounded, in the largest unit: {@code 1.5 GiB}. */
    public String rounded() {
        int unit = bytes == 0 ? 0 : Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, UNITS.size() - 1);
        double number = (double) bytes / (1L << (10 * unit));
        String format = number < 10 && number != Math.rint(number) ? "%.1f" : "%.0f";
        return format.formatted(number) + " " + UNITS.get(unit);
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** The shortest text that is parsed as an equal size. */
    @Override
    public String toString() {
        int unit = bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.size() - 1);
        return (bytes >> (10 * unit)) + UNITS.get(unit);
    }
}
