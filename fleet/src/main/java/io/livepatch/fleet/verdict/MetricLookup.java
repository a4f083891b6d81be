package io.livepatch.fleet.verdict;

import io.livepatch.fleet.flock.Threshold.Metric;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.function.Function;

/** Measures the metric of a threshold. */
final class MetricLookup {
    private final RunStats runStats;
    private final String iterations;

    MetricLookup(RunStats runStats) {
        this.runStats = runStats;
        this.iterations = NumberFormat.count(runStats.done(), "iteration");
    }

    Measurement of(Metric metric) {
        if (runStats.done() == 0) {
            return Measurement.nothing("no iteration ended, %s were due%s"
                    .formatted(
                            NumberFormat.count(runStats.offered()),
                            runStats.warmUp() == 0 ? "" : " after the warm-up"));
        }
        return switch (metric) {
            case Metric.Percentile it -> percentile(it);
            case Metric.Mean it -> latency(it.step(), it.service(), "mean", Latency::mean);
            case Metric.Errors it -> errors(it);
            case Metric.ErrorRate() -> errorRate();
            case Metric.Refusals() -> refusals();
            case Metric.Achieved() -> achieved();
        };
    }

    private Measurement percentile(Metric.Percentile metric) {
        return latency(
                metric.step(),
                metric.service(),
                NumberFormat.percentile(metric.percent()),
                it -> it.percentile(metric.percent()));
    }

    private Measurement latency(
            Optional<String> step, boolean service, String name, Function<Latency, Duration> reading) {
        Optional<StepStats> measured =
                step.isEmpty() ? Optional.of(runStats.iteration()) : step.map(runStats.steps()::get);
        if (measured.isEmpty()) {
            return Measurement.nothing("step '%s' did not occur, only %s"
                    .formatted(
                            step.orElseThrow(), new TreeSet<>(runStats.steps().keySet())));
        }
        Latency latency = service ? measured.get().service() : measured.get().response();
        if (latency.count() == 0) {
            return Measurement.nothing("no iteration succeeded, so there is no latency");
        }
        Duration value = reading.apply(latency);
        String words = "%s%s of %s is %s"
                .formatted(
                        service ? "service " : "",
                        name,
                        step.map(it -> NumberFormat.count(latency.count()) + " × " + it)
                                .orElseGet(() -> NumberFormat.count(latency.count(), "iteration")),
                        NumberFormat.time(value));
        return Measurement.of(value.toNanos(), words);
    }

    private Measurement errors(Metric.Errors metric) {
        if (metric.kind().isEmpty()) {
            return Measurement.of(runStats.iteration().failed(), failed());
        }
        String kind = metric.kind().get();
        long count = runStats.iteration().errors().getOrDefault(kind, 0L);
        return Measurement.of(count, "%s of %s: %s".formatted(NumberFormat.count(count), iterations, kind));
    }

    private Measurement errorRate() {
        double part = (double) runStats.iteration().failed() / runStats.done();
        return Measurement.of(part, "%s, %s".formatted(NumberFormat.percent(part), failed()));
    }

    private String failed() {
        StepStats turn = runStats.iteration();
        return turn.failed() == 0
                ? "none of %s failed".formatted(iterations)
                : "%s of %s failed: %s"
                        .formatted(NumberFormat.count(turn.failed()), iterations, NumberFormat.counts(turn.errors()));
    }

    private Measurement refusals() {
        long refused = runStats.iteration().refused();
        return Measurement.of(refused, "%s in %s".formatted(NumberFormat.count(refused, "refusal"), iterations));
    }

    private Measurement achieved() {
        double part = runStats.offered() == 0 ? 0 : (double) runStats.done() / runStats.offered();
        return Measurement.of(
                runStats.done(),
                "%s of %s that were due, %s"
                        .formatted(iterations, NumberFormat.count(runStats.offered()), NumberFormat.percent(part)));
    }

    /**
     * A measured value and its description.
     *
     * @param value times in nanoseconds; empty if nothing was measured, which fails every threshold
     */
    record Measurement(OptionalDouble value, String words) {
        static Measurement of(double value, String words) {
            return new Measurement(OptionalDouble.of(value), words);
        }

        static Measurement of(long value, String words) {
            return of((double) value, words);
        }

        static Measurement nothing(String words) {
            return new Measurement(OptionalDouble.empty(), words);
        }
    }
}
