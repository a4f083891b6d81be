package io.livepatch.supervisor.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;

/** Builds the samples of one metric name at one scrape. */
final class MetricFamilyBuilder {

    private static final String TOTAL = "_total";

    private record Sample(double value, Labels labels) {}

    private final String name;
    private final String help;
    private final List<Sample> samples = new ArrayList<>();

    /** A counter when {@code name} ends in {@code _total}, else a gauge. */
    MetricFamilyBuilder(String name, String help) {
        this.name = name;
        this.help = help;
    }

    /** Adds a sample; {@code labels} are names and values in turn. */
    void add(double value, String... labels) {
        samples.add(new Sample(value, Labels.of(labels)));
    }

    /** Adds a sample; Prometheus has doubles only. */
    void add(long value, String... labels) {
        add((double) value, labels);
    }

    void add(boolean value, String... labels) {
        add(value ? 1.0 : 0.0, labels);
    }

    MetricSnapshot snapshot() {
        return name.endsWith(TOTAL) ? counter() : gauge();
    }

    private MetricSnapshot counter() {
        // The library takes the name without its suffix and writes it with it.
        CounterSnapshot.Builder builder = CounterSnapshot.builder()
                .name(name.substring(0, name.length() - TOTAL.length()))
                .help(help);
        samples.forEach(sample -> builder.dataPoint(CounterDataPointSnapshot.builder()
                .value(sample.value())
                .labels(sample.labels())
                .build()));
        return builder.build();
    }

    private MetricSnapshot gauge() {
        GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name(name).help(help);
        samples.forEach(sample -> builder.dataPoint(GaugeDataPointSnapshot.builder()
                .value(sample.value())
                .labels(sample.labels())
                .build()));
        return builder.build();
    }
}
