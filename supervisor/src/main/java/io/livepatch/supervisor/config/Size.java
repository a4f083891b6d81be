package io.livepatch.supervisor.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes: {@code 512MiB}, or a bare number. {@code MB} is refused, since half of its readers take it for MiB. */
final class Size {

    private static final Pattern SIZE = Pattern.compile("(?<number>\\d{1,18}) ?(?<unit>|B|KiB|MiB|GiB|TiB)");
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");

    private Size() {}

    /** Throws {@link IllegalArgumentException} when the text is none. */
    static long parse(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is not a size".formatted(text));
        }
        int shift = 10 * Math.max(0, UNITS.indexOf(matcher.group("unit")));
        long number = Long.parseLong(matcher.group("number"));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("'%s' is too large".formatted(text));
        }
        return number << shift;
    }

    /** In the largest unit that divides it. */
    static String print(long bytes) {
        int unit = bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.size() - 1);
        return (bytes >> (10 * unit)) + UNITS.get(unit);
    }

    /** In the unit that one would say it in, rounded. */
    static String about(long bytes) {
        int unit = bytes == 0 ? 0 : Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, UNITS.size() - 1);
        double number = (double) bytes / (1L << (10 * unit));
        String digits = number < 10 && number != Math.rint(number) ? "%.1f" : "%.0f";
        return digits.formatted(number) + " " + UNITS.get(unit);
    }
}
