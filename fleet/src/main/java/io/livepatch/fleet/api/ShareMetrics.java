package io.livepatch.fleet.api;

import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Prometheus metrics of this replica's share of each flock, computed from its statistics at each scrape. */
record ShareMetrics(Replica replica) implements MultiCollector {
    private static final double[] QUANTILES = {0.5, 0.9, 0.99, 0.999, 1};

    @Override
    public MetricSnapshots collect() {
        Replica.LocalStatus own = replica.localStatus();
        List<RunStats> all = own.stats();
        return MetricSnapshots.of(
                counter("fleet_turns_offered", "Iterations that were due after the warm-up.", all, RunStats::offered),
                counter(
                        "fleet_turns_done",
                        "Iterations that succeeded.",
                        all,
                        it -> it.iteration().ok()),
                counters(
                        "fleet_turns_failed",
                        "Iterations that failed.",
                        "kind",
                        all,
                        it -> it.iteration().errors()),
                refused(all),
                summary(
                        "fleet_turn_response_seconds",
                        "Time from the due moment of a successful iteration to its end.",
                        all,
                        it -> it.iteration().response()),
                summary(
                        "fleet_turn_service_seconds",
                        "Time from the actual start of a successful iteration to its end.",
                        all,
                        it -> it.iteration().service()),
                summary(
                        "fleet_turn_lateness_seconds",
                        "Time from the moment when an iteration was due to its start.",
                        all,
                        it -> it.generator().lateness()),
                gauge(
                        "fleet_machines",
                        "Monkeys that are alive on this replica.",
                        all,
                        it -> it.generator().machines()),
                gauge(
                        "fleet_busiest_ratio",
                        "Largest share of the processors used over a second.",
                        all,
                        it -> it.generator().busiest()),
                value("fleet_replicas", "Configured number of replicas of the run.", own.count()),
                value("fleet_replicas_present", "Replicas that are present.", own.present()),
                value("fleet_held", "1 while the load is held (membership unreadable), else 0.", own.held() ? 1 : 0));
    }

    private static CounterSnapshot counter(
            String name, String help, List<RunStats> all, ToDoubleFunction<RunStats> value) {
        return new CounterSnapshot(
                new MetricMetadata(name, help),
                all.stream()
                        .map(figures -> point(Labels.of("flock", figures.flock()), value.applyAsDouble(figures)))
                        .toList());
    }

    private static CounterSnapshot counters(
            String name, String help, String label, List<RunStats> all, Function<RunStats, Map<String, Long>> values) {
        return new CounterSnapshot(
                new MetricMetadata(name, help),
                all.stream()
                        .flatMap(figures -> values.apply(figures).entrySet().stream()
                                .map(it ->
                                        point(Labels.of("flock", figures.flock(), label, it.getKey()), it.getValue())))
                        .toList());
    }

    private static CounterSnapshot refused(List<RunStats> all) {
        return new CounterSnapshot(
                new MetricMetadata("fleet_refused", "Responses 429 and 503 that postponed a request."),
                all.stream()
                        .flatMap(figures -> figures.steps().entrySet().stream()
                                .flatMap(step -> step.getValue().refusals().entrySet().stream()
                                        .map(it -> point(
                                                Labels.of(
                                                        "flock",
                                                        figures.flock(),
                                                        "step",
                                                        step.getKey(),
                                                        "status",
                                                        it.getKey()),
                                                it.getValue()))))
                        .toList());
    }

    private static CounterDataPointSnapshot point(Labels labels, double value) {
        return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static SummarySnapshot summary(
            String name, String help, List<RunStats> all, Function<RunStats, Latency> latency) {
        return new SummarySnapshot(
                new MetricMetadata(name, help),
                all.stream()
                        .map(figures -> point(Labels.of("flock", figures.flock()), latency.apply(figures)))
                        .toList());
    }

    private static SummaryDataPointSnapshot point(Labels labels, Latency latency) {
        List<Quantile> quantiles = Arrays.stream(QUANTILES)
                .mapToObj(quantile -> new Quantile(quantile, seconds(latency.percentile(quantile * 100))))
                .toList();
        return SummaryDataPointSnapshot.builder()
                .labels(labels)
                .quantiles(Quantiles.of(quantiles))
                .count(latency.count())
                .sum(latency.count() == 0 ? 0 : seconds(latency.mean()) * latency.count())
                .build();
    }

    private static GaugeSnapshot gauge(String name, String help, List<RunStats> all, ToDoubleFunction<RunStats> value) {
        return new GaugeSnapshot(
                new MetricMetadata(name, help),
                all.stream()
                        .map(figures -> point(value.applyAsDouble(figures), Labels.of("flock", figures.flock())))
                        .toList());
    }

    private static GaugeSnapshot value(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(value, Labels.EMPTY))
                .build();
    }

    private static GaugeDataPointSnapshot point(double value, Labels labels) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
