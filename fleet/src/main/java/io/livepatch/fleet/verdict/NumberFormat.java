package io.livepatch.fleet.verdict;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Formats numbers for people, independent of the locale. */
public final class NumberFormat {
    private NumberFormat() {}

    /** {@code 12,345}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** {@code 1 iteration}, {@code 2 iterations}. */
    public static String count(long value, String one) {
        return count(value) + " " + (value == 1 ? one : one + "s");
    }

    /** Three digits and a unit: {@code 850 µs}, {@code 12.3 ms}, {@code 1.50 s}. */
    public static String time(Duration value) {
        double micros = value.toNanos() / 1e3;
        if (micros < 999.5) {
            return String.format(Locale.ROOT, "%.0f µs", micros);
        }
        return micros < 999_500 ? digits(micros / 1e3) + " ms" : digits(micros / 1e6) + " s";
    }

    /** {@code 98.76 %}, rounded down, so that 99.996 % is not 100 %. */
    public static String percent(double part) {
        return String.format(Locale.ROOT, "%.2f %%", Math.floor(part * 10_000 + 1e-9) / 100);
    }

    /** {@code 278 /s}. */
    public static String rate(double perSecond) {
        boolean whole = perSecond >= 1000 || perSecond == Math.rint(perSecond);
        return (whole ? count(Math.round(perSecond)) : digits(perSecond)) + " /s";
    }

    /** {@code p99.9}; {@code max} for 100. */
    public static String percentile(double percent) {
        if (percent == 100) {
            return "max";
        }
        return "p" + (percent == Math.rint(percent) ? Long.toString(Math.round(percent)) : Double.toString(percent));
    }

    /** The most frequent first: {@code 12 × timeout, 1 × status 500}. */
    public static String counts(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .map(it -> count(it.getValue()) + " × " + it.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String digits(double value) {
        int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
