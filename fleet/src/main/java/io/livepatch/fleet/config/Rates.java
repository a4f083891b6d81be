package io.livepatch.fleet.config;

import io.livepatch.fleet.flock.Rate;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rates as they are written: {@code 278}, {@code 278/s}, {@code 5/m}, {@code 1000000/h}. */
final class Rates {
    static final String EXPECTED = "a number a second such as 278 or 0.5, or 278/s, 5/m, 1000000/h";

    private static final Pattern RATE = Pattern.compile("(?<number>[^/]+?)\\s*(?:/\\s*(?<unit>s|m|h))?");
    private static final Map<String, Integer> SECONDS = Map.of("s", 1, "m", 60, "h", 3600);

    private Rates() {}

    static Key<Rate> key(String name) {
        return Readings.text(name, EXPECTED, Rates::parse);
    }

    /** To the nearest thousandth of a turn a second. */
    static Rate parse(String text) {
        Matcher matcher = RATE.matcher(text);
        BigDecimal number = (matcher.matches() ? Readings.decimal(matcher.group("number")) : Readings.decimal(""))
                .orElseThrow(() -> new IllegalArgumentException("'%s' is no rate".formatted(text)));
        int seconds = matcher.group("unit") == null ? 1 : SECONDS.getOrDefault(matcher.group("unit"), 1);
        BigDecimal exact = number.movePointRight(3);
        BigDecimal rounded = exact.divide(BigDecimal.valueOf(seconds), 0, RoundingMode.HALF_UP);
        if (rounded.signum() == 0 && number.signum() != 0) {
            throw new IllegalArgumentException("'%s' is less than one turn in a thousand seconds".formatted(text));
        }
        if (rounded.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("'%s' is out of range".formatted(text));
        }
        return new Rate(rounded.longValueExact());
    }

    /** A number a second that is read as the same. */
    static BigDecimal number(Rate rate) {
        BigDecimal number = BigDecimal.valueOf(rate.perThousandSeconds(), 3).stripTrailingZeros();
        return number.scale() < 0 ? number.setScale(0) : number;
    }
}
