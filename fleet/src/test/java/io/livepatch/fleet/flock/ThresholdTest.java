package io.livepatch.fleet.flock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.livepatch.fleet.flock.Threshold.Bound;
import io.livepatch.fleet.flock.Threshold.Comparison;
import io.livepatch.fleet.flock.Threshold.Metric;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ThresholdTest {
    private static final Bound FIFTY_MILLIS = new Bound.Time(Duration.ofMillis(50));

    static Stream<Arguments> metrics() {
        return Stream.of(
                Arguments.of("p50 < 50ms", new Metric.Percentile(50, false, Optional.empty())),
                Arguments.of("p90<50ms", new Metric.Percentile(90, false, Optional.empty())),
                Arguments.of("p99.9 < 50ms", new Metric.Percentile(99.9, false, Optional.empty())),
                Arguments.of("max < 50ms", new Metric.Percentile(100, false, Optional.empty())),
                Arguments.of("mean < 50ms", new Metric.Mean(false, Optional.empty())),
                Arguments.of("service.p99 < 50ms", new Metric.Percentile(99, true, Optional.empty())),
                Arguments.of("check-in.p99.9 < 50ms", new Metric.Percentile(99.9, false, Optional.of("check-in"))),
                Arguments.of("service.check-in.mean < 50ms", new Metric.Mean(true, Optional.of("check-in"))),
                Arguments.of("check-in.service.max < 50ms", new Metric.Percentile(100, true, Optional.of("check-in"))));
    }

    @ParameterizedTest
    @MethodSource("metrics")
    void latenciesOfIterationsAndSteps(String text, Metric metric) {
        assertThat(Threshold.parse("  " + text)).isEqualTo(new Threshold(text, metric, Comparison.LESS, FIFTY_MILLIS));
    }

    static Stream<Arguments> counts() {
        Metric achieved = new Metric.Achieved();
        return Stream.of(
                Arguments.of("errors == 0", new Metric.Errors(Optional.empty()), new Bound.Count(0)),
                Arguments.of("errors(timeout) == 5", new Metric.Errors(Optional.of("timeout")), new Bound.Count(5)),
                Arguments.of(
                        "errors (status 500) == 5", new Metric.Errors(Optional.of("status 500")), new Bound.Count(5)),
                Arguments.of("error-rate == 0.1%", new Metric.ErrorRate(), new Bound.Count(0.001)),
                Arguments.of("error-rate == 0.25", new Metric.ErrorRate(), new Bound.Count(0.25)),
                Arguments.of("refusals == 12", new Metric.Refusals(), new Bound.Count(12)),
                Arguments.of("achieved == 0.98 * offered", achieved, new Bound.OfOffered(0.98)),
                Arguments.of("achieved == 0.98×offered", achieved, new Bound.OfOffered(0.98)),
                Arguments.of("achieved == 98% offered", achieved, new Bound.OfOffered(0.98)),
                Arguments.of("achieved == 98 % of offered", achieved, new Bound.OfOffered(0.98)),
                Arguments.of("achieved == offered", achieved, new Bound.OfOffered(1)),
                Arguments.of("achieved == 1000", achieved, new Bound.Count(1000)));
    }

    @ParameterizedTest
    @MethodSource("counts")
    void countsAndFractions(String text, Metric metric, Bound bound) {
        assertThat(Threshold.parse(text)).isEqualTo(new Threshold(text, metric, Comparison.EQUAL, bound));
    }

    @ParameterizedTest
    @CsvSource({"<, LESS", "<=, AT_MOST", "≤, AT_MOST", "==, EQUAL", ">=, AT_LEAST", "≥, AT_LEAST", ">, MORE"})
    void comparisons(String written, Comparison comparison) {
        assertThat(Threshold.parse("errors " + written + " 3").comparison()).isEqualTo(comparison);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            p99                     | has no comparison, expected something like 'p99 < 50ms'
            errors = 0              | has the comparison '=', expected one of < <= == >= >
            errors != 0             | has the comparison '!=', expected one of
            p99 < 50                | has the bound '50', expected a time with its unit, such as 50ms
            p0 < 5ms                | has the metric 'p0', expected a percentile above 0 and up to 100
            p101 < 5ms              | has the metric 'p101', expected a percentile
            P99 < 5ms               | has the metric 'P99', expected p50, p99.9, max or mean
            latency < 5ms           | errors(timeout), error-rate, refusals or achieved
            a.b.p99 < 5ms           | expected at most one step, as in service.check-in.p99
            service.service.p9 < 1s | expected at most one step
            errors < 0.1%           | has the bound '0.1%', expected a whole number
            error-rate < 5          | has the bound '5', expected a fraction, such as 0.1% or 0.001
            error-rate < 101%       | expected a fraction
            achieved > 50ms         | expected something like 0.98 * offered, 98% offered or 1000
            achieved > 0.98 offered | has the bound '0.98 offered', expected
            """)
    void errorNamesTheExpectedSyntax(String text, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Threshold.parse(text))
                .withMessageStartingWith("threshold '" + text + "' ")
                .withMessageContaining(complaint);
    }

    @Test
    void textIsKeptAsWritten() {
        assertThat(Threshold.parse(" achieved ≥ 0.98 × offered ").text()).isEqualTo("achieved ≥ 0.98 × offered");
    }
}
