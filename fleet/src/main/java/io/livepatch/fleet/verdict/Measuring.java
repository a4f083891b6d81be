package io.livepatch.fleet.verdict;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Latency;
import io.livepatch.fleet.figures.Step;
import io.livepatch.fleet.flock.Threshold.Metric;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/** Finds in the figures what a threshold speaks of. */
final class Measuring {
    private final Figures figures;
    private final String turns;

    Measuring(Figures figures) {
        this.figures = figures;
        this.turns = Words.count(figures.done(), "turn");
    }

    Measured of(Metric metric) {
        if (figures.done() == 0) {
            return Measured.nothing("no turn came to an end, %s were due%s"
                    .formatted(Words.count(figures.offered()), figures.unjudged() == 0 ? "" : " after the warm-up"));
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

    private Measured percentile(Metric.Percentile metric) {
        return latency(
                metric.step(),
                metric.service(),
                Words.percentile(metric.percent()),
                it -> it.percentile(metric.percent()));
    }

    private Measured latency(Optional<String> step, boolean service, String name, Function<Latency, Duration> reading) {
        Optional<Step> measured = step.isEmpty() ? Optional.of(figures.turn()) : step.map(figures.steps()::get);
        if (measured.isEmpty()) {
            return Measured.nothing("no step '%s' was taken, only %s"
                    .formatted(step.orElseThrow(), new TreeSet<>(figures.steps().keySet())));
        }
        Latency latency = service ? measured.get().service() : measured.get().response();
        if (latency.count() == 0) {
            return Measured.nothing("nothing ended well, so there is no latency");
        }
        Duration value = reading.apply(latency);
        String words = "%s%s of %s is %s"
                .formatted(
                        service ? "service " : "",
                        name,
                        step.map(it -> Words.count(latency.count()) + " × " + it)
                                .orElseGet(() -> Words.count(latency.count(), "turn")),
                        Words.time(value));
        return Measured.of(value.toNanos(), words);
    }

    private Measured errors(Metric.Errors metric) {
        if (metric.kind().isEmpty()) {
            return Measured.of(figures.turn().failed(), failed());
        }
        String kind = metric.kind().get();
        long count = figures.turn().errors().getOrDefault(kind, 0L);
        return Measured.of(count, "%s of %s: %s".formatted(Words.count(count), turns, kind));
    }

    private Measured errorRate() {
        double part = (double) figures.turn().failed() / figures.done();
        return Measured.of(part, "%s, %s".formatted(Words.percent(part), failed()));
    }

    private String failed() {
        Step turn = figures.turn();
        return turn.failed() == 0
                ? "none of %s failed".formatted(turns)
                : "%s of %s failed: %s".formatted(Words.count(turn.failed()), turns, Words.counts(turn.errors()));
    }

    private Measured refusals() {
        long refused = figures.turn().refused();
        return Measured.of(refused, "%s in %s".formatted(Words.count(refused, "refusal"), turns));
    }

    private Measured achieved() {
        double part = figures.offered() == 0 ? 0 : (double) figures.done() / figures.offered();
        return Measured.of(
                figures.done(),
                "%s of %s that were due, %s".formatted(turns, Words.count(figures.offered()), Words.percent(part)));
    }
}
