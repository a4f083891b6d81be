package io.livepatch.fleet.flock;

import io.livepatch.common.config.GoDuration;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A condition for the success of a run: {@code p99 < 50ms}, {@code errors == 0}, {@code achieved >= 0.98 * offered}.
 *
 * @param text as written
 */
public record Threshold(String text, Metric metric, Comparison comparison, Bound bound) {

    /**
     * Parses {@code metric comparison bound}.
     * <ul>
     *   <li>Latencies: {@code p50}, {@code p99.9}, {@code max}, {@code mean}; of a step {@code check-in.p99}; from the actual start of the
     *       iteration {@code service.p99}; both {@code service.check-in.p99}. Bounds are durations: {@code 50ms}.
     *   <li>{@code errors}, {@code errors(timeout)}, {@code refusals}, with a whole number; {@code error-rate}, with {@code 0.1%} or {@code 0.001}.
     *   <li>{@code achieved}, with {@code 0.98 * offered}, {@code 0.98 × offered}, {@code 98% offered}, or a whole number.
     *   <li>Comparisons: {@code < <= ≤ == >= ≥ >}.
     * </ul>
     *
     * @throws IllegalArgumentException with a message that quotes the text and names what was expected
     */
    public static Threshold parse(String text) {
        return Parser.parse(text);
    }

    public sealed interface Metric {

        /**
         * Of the response time, or of the service time.
         *
         * @param percent 0 to 100; 100 is the maximum
         * @param step empty: the whole iteration
         */
        record Percentile(double percent, boolean service, Optional<String> step) implements Metric {}

        record Mean(boolean service, Optional<String> step) implements Metric {}

        /** Failed iterations, of one error kind if given. */
        record Errors(Optional<String> kind) implements Metric {}

        /** Failed iterations as a fraction of those that ended. */
        record ErrorRate() implements Metric {}

        /** Responses 429 and 503 with a retry time. */
        record Refusals() implements Metric {}

        /** Iterations that ended, of those that were due. */
        record Achieved() implements Metric {}
    }

    public enum Comparison {
        LESS,
        AT_MOST,
        EQUAL,
        AT_LEAST,
        MORE
    }

    public sealed interface Bound {
        record Time(Duration value) implements Bound {}

        /** A number; for the error rate a fraction. */
        record Count(double value) implements Bound {}

        /** A multiple of the iterations that were due. */
        record OfOffered(double factor) implements Bound {}
    }

    @Override
    public String toString() {
        return text;
    }

    private static final class Parser {
        private static final Pattern WHOLE =
                Pattern.compile("(?<metric>[^<>=≤≥!]*)(?<comparison>[<>=≤≥!]+)(?<bound>.*)");
        private static final Pattern TIME = Pattern.compile(
                "(?<of>(?:[a-z][a-z0-9-]*\\.)*)(?<figure>mean|max|p(?<percent>\\d{1,3}(?:\\.\\d{1,4})?))");
        private static final Pattern ERRORS = Pattern.compile("errors(?:\\s*\\((?<kind>[^()]+)\\))?");
        private static final Pattern NUMBER = Pattern.compile("(?<number>\\d{1,12}(?:\\.\\d{1,6})?)\\s*(?<percent>%)?");
        private static final Pattern OFFERED = Pattern.compile(
                "(?:(?<number>\\d{1,3}(?:\\.\\d{1,6})?)\\s*(?:[*×]|(?<percent>%)(?:\\s*(?:[*×]|of))?)\\s*)?offered");
        private static final Map<String, Comparison> COMPARISONS = Map.of(
                "<", Comparison.LESS,
                "<=", Comparison.AT_MOST,
                "≤", Comparison.AT_MOST,
                "==", Comparison.EQUAL,
                ">=", Comparison.AT_LEAST,
                "≥", Comparison.AT_LEAST,
                ">", Comparison.MORE);
        private static final String SERVICE = "service";
        private static final String METRICS =
                "expected p50, p99.9, max or mean (also service.p99, check-in.p99), errors, errors(timeout), error-rate, refusals or achieved";

        private final String text;

        private Parser(String text) {
            this.text = text;
        }

        static Threshold parse(String text) {
            return new Parser(text.strip()).threshold();
        }

        private Threshold threshold() {
            Matcher matcher = WHOLE.matcher(text);
            if (!matcher.matches()) {
                throw error("has no comparison, expected something like 'p99 < 50ms' or 'errors == 0'");
            }
            Comparison comparison = COMPARISONS.get(matcher.group("comparison"));
            if (comparison == null) {
                throw error(
                        "has the comparison '%s', expected one of < <= == >= >".formatted(matcher.group("comparison")));
            }
            Metric metric = metric(matcher.group("metric").strip());
            return new Threshold(
                    text,
                    metric,
                    comparison,
                    bound(metric, matcher.group("bound").strip()));
        }

        private Metric metric(String written) {
            Matcher time = TIME.matcher(written);
            if (time.matches()) {
                return time(time);
            }
            Matcher errors = ERRORS.matcher(written);
            if (errors.matches()) {
                return new Metric.Errors(
                        Optional.ofNullable(errors.group("kind")).map(String::strip));
            }
            return switch (written) {
                case "error-rate" -> new Metric.ErrorRate();
                case "refusals" -> new Metric.Refusals();
                case "achieved" -> new Metric.Achieved();
                default -> throw error("has the metric '%s', %s".formatted(written, METRICS));
            };
        }

        private Metric time(Matcher time) {
            List<String> of = new ArrayList<>(Arrays.asList(time.group("of").split("\\.")));
            of.remove("");
            boolean service = of.remove(SERVICE);
            if (of.size() > 1 || of.contains(SERVICE)) {
                throw error("has the metric '%s', expected at most one step, as in service.check-in.p99"
                        .formatted(time.group()));
            }
            Optional<String> step = of.stream().findFirst();
            return switch (time.group("figure")) {
                case "mean" -> new Metric.Mean(service, step);
                case "max" -> new Metric.Percentile(100, service, step);
                default -> new Metric.Percentile(percent(time.group("percent")), service, step);
            };
        }

        private double percent(String digits) {
            double percent = Double.parseDouble(digits);
            if (percent <= 0 || percent > 100) {
                throw error("has the metric 'p%s', expected a percentile above 0 and up to 100".formatted(digits));
            }
            return percent;
        }

        private Bound bound(Metric metric, String written) {
            return switch (metric) {
                case Metric.Percentile _, Metric.Mean _ -> time(written);
                case Metric.Errors _, Metric.Refusals _ -> count(written);
                case Metric.ErrorRate _ -> fraction(written);
                case Metric.Achieved _ -> achieved(written);
            };
        }

        private Bound time(String written) {
            try {
                return new Bound.Time(GoDuration.parse(written));
            } catch (IllegalArgumentException _) {
                throw error(
                        "has the bound '%s', expected a time with its unit, such as 50ms or 1.5s".formatted(written));
            }
        }

        private Bound count(String written) {
            if (!written.matches("\\d{1,12}")) {
                throw error("has the bound '%s', expected a whole number, such as 0".formatted(written));
            }
            return new Bound.Count(Double.parseDouble(written));
        }

        private Bound fraction(String written) {
            Matcher number = NUMBER.matcher(written);
            double fraction = number.matches() ? number(number) : 2;
            if (fraction > 1) {
                throw error("has the bound '%s', expected a fraction, such as 0.1%% or 0.001".formatted(written));
            }
            return new Bound.Count(fraction);
        }

        private Bound achieved(String written) {
            Matcher offered = OFFERED.matcher(written);
            if (offered.matches()) {
                return new Bound.OfOffered(offered.group("number") == null ? 1 : number(offered));
            }
            if (!written.matches("\\d{1,12}")) {
                throw error("has the bound '%s', expected something like 0.98 * offered, 98%% offered or 1000"
                        .formatted(written));
            }
            return count(written);
        }

        private static double number(Matcher matcher) {
            BigDecimal number = new BigDecimal(matcher.group("number"));
            return (matcher.group("percent") == null ? number : number.movePointLeft(2)).doubleValue();
        }

        private IllegalArgumentException error(String what) {
            return new IllegalArgumentException("threshold '%s' %s".formatted(text, what));
        }
    }
}
