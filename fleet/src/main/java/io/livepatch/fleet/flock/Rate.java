package io.livepatch.fleet.flock;

import io.livepatch.common.config.ConfigPrinter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of iterations per time.
 *
 * @param perThousandSeconds an integer, so that shares of it add up exactly; at most a million per second
 */
public record Rate(long perThousandSeconds) implements ConfigPrinter.Numeric {
    /** The syntax of {@link #parse}. */
    public static final String EXPECTED = "a number a second such as 278 or 0.5, or 278/s, 5/m, 1000000/h";

    private static final long MAX = 1_000_000_000L;
    private static final Pattern FORM =
            Pattern.compile("(?<number>\\d{1,12}(?:\\.\\d{1,20})?(?:[eE][-+]?\\d{1,2})?)\\s*(?:/\\s*(?<unit>[smh]))?");
    private static final Map<String, Integer> SECONDS = Map.of("s", 1, "m", 60, "h", 3600);

    public Rate {
        if (perThousandSeconds < 0 || perThousandSeconds > MAX) {
            throw new IllegalArgumentException(
                    "rate '%s' is not from 0 to 1000000 a second".formatted(perThousandSeconds / 1000.0));
        }
    }

    /**
     * Parses {@code 278}, {@code 278/s}, {@code 5/m} or {@code 1000000/h}, to the nearest thousandth of an iteration per second.
     *
     * @throws IllegalArgumentException if the text is not one; its message completes "'TEXT' …"
     */
    public static Rate parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("is not a rate");
        }
        BigDecimal number = new BigDecimal(matcher.group("number"));
        int seconds = matcher.group("unit") == null ? 1 : SECONDS.getOrDefault(matcher.group("unit"), 1);
        BigDecimal rounded = number.movePointRight(3).divide(BigDecimal.valueOf(seconds), 0, RoundingMode.HALF_UP);
        if (rounded.signum() == 0 && number.signum() != 0) {
            throw new IllegalArgumentException("is less than one iteration in a thousand seconds");
        }
        if (rounded.compareTo(BigDecimal.valueOf(MAX)) > 0) {
            throw new IllegalArgumentException("is not from 0 to 1000000 a second");
        }
        return new Rate(rounded.longValueExact());
    }

    public double perSecond() {
        return perThousandSeconds / 1000.0;
    }

    /** The iterations per second, which {@link #parse} reads as the same rate. */
    @Override
    public BigDecimal number() {
        BigDecimal number = BigDecimal.valueOf(perThousandSeconds, 3).stripTrailingZeros();
        return number.scale() < 0 ? number.setScale(0) : number;
    }
}
