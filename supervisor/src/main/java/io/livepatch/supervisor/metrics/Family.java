package io.livepatch.supervisor.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;

/** The samples of one name at one scrape. */
final class Family {

    private static final String TOTAL = "_total";

    private record Sample(double value, Labels labels) {}

    private final String name;
    private final String help;
    private final List<Sample> samples = new ArrayList<>();

    /** A counter when {@code name} ends in {@code _total}, else a gauge. */
    Family(String name, String help) {
        this.name = name;
        this.help = help;
    }

    /** {@code labels} are names and values by turns. */
    void add(double value, String... labels) {
        samples.add(new Sample(value, Labels.of(labels)));
    }

    /** Prometheus knows doubles only. */
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
