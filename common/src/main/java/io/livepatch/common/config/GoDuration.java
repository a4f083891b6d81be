package io.livepatch.common.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go's {@code time.ParseDuration} reads them, without signs: {@code 1h30m}, {@code 250ms}, {@code 1.5h}. */
public final class GoDuration {
    private static final Pattern PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ns|us|µs|μs|ms|s|m|h)");

    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "μs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    private GoDuration() {}

    /**
     * Reads a duration of up to 292 years.
     *
     * @throws IllegalArgumentException if the text is not one; its message is a sentence that quotes it
     */
    public static Duration parse(String text) {
        try {
            return read(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s' is not a duration".formatted(text), e);
        }
    }

    /** Like {@link #parse}, with a message that completes "'TEXT' …". */
    static Duration read(String text) {
        Matcher matcher = PART.matcher(text);
        BigDecimal nanos = BigDecimal.ZERO;
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(matcher.group(2), 0L));
            nanos = nanos.add(new BigDecimal(matcher.group(1)).multiply(unit));
            end = matcher.end();
        }
        if (end == 0 || end != text.length()) {
            throw new IllegalArgumentException("is not a duration");
        }
        if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("is out of range");
        }
        return Duration.ofNanos(nanos.longValue());
    }

    /** The shortest text that is parsed as an equal duration: {@code 1h30m}, {@code 1.5s}, {@code 200ms}, {@code 0s}. */
    public static String print(Duration duration) {
        StringBuilder text = new StringBuilder();
        if (duration.toHours() > 0) {
            text.append(duration.toHours()).append('h');
        }
        if (duration.toMinutesPart() > 0) {
            text.append(duration.toMinutesPart()).append('m');
        }
        Duration rest = Duration.ofSeconds(duration.toSecondsPart(), duration.toNanosPart());
        if (rest.isPositive() || text.isEmpty()) {
            text.append(
                    rest.compareTo(Duration.ofSeconds(1)) >= 0 || rest.isZero()
                            ? scaled(rest, 9) + "s"
                            : fraction(rest));
        }
        return text.toString();
    }

    private static String fraction(Duration rest) {
        return rest.toNanos() % 1000 == 0 && rest.toNanos() >= 1_000_000
                ? scaled(rest, 6) + "ms"
                : rest.toNanos() + "ns";
    }

    private static String scaled(Duration rest, int digits) {
        return BigDecimal.valueOf(rest.toNanos(), digits).stripTrailingZeros().toPlainString();
    }
}
