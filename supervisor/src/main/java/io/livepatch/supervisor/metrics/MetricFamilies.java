package io.livepatch.supervisor.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The samples that one collector adds to one scrape: counters where a name ends in {@code _total}, else gauges. */
final class MetricFamilies {

    private static final String TOTAL = "_total";

    private record Sample(double value, Labels labels) {}

    private record Family(String help, List<Sample> samples) {}

    private final Map<String, Family> families;
    private final Labels labels;

    MetricFamilies() {
        this(new LinkedHashMap<>(), Labels.EMPTY);
    }

    private MetricFamilies(Map<String, Family> families, Labels labels) {
        this.families = families;
        this.labels = labels;
    }

    /** A view that adds these labels, names and values in turn, to each sample. */
    MetricFamilies with(String... more) {
        return new MetricFamilies(families, labels.merge(Labels.of(more)));
    }

    void add(String name, String help, double value) {
        families.computeIfAbsent(name, _ -> new Family(help, new ArrayList<>()))
                .samples()
                .add(new Sample(value, labels));
    }

    void add(String name, String help, long value) {
        add(name, help, (double) value);
    }

    void add(String name, String help, boolean value) {
        add(name, help, value ? 1.0 : 0.0);
    }

    MetricSnapshots snapshots() {
        List<MetricSnapshot> snapshots = new ArrayList<>();
        families.forEach(
                (name, family) -> snapshots.add(name.endsWith(TOTAL) ? counter(name, family) : gauge(name, family)));
        return new MetricSnapshots(snapshots);
    }

    private static MetricSnapshot counter(String name, Family family) {
        // The library takes the name without its suffix and writes it with it.
        CounterSnapshot.Builder builder = CounterSnapshot.builder()
                .name(name.substring(0, name.length() - TOTAL.length()))
                .help(family.help());
        family.samples()
                .forEach(sample -> builder.dataPoint(CounterDataPointSnapshot.builder()
                        .value(sample.value())
                        .labels(sample.labels())
                        .build()));
        return builder.build();
    }

    private static MetricSnapshot gauge(String name, Family family) {
        GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name(name).help(family.help());
        family.samples()
                .forEach(sample -> builder.dataPoint(GaugeDataPointSnapshot.builder()
                        .value(sample.value())
                        .labels(sample.labels())
                        .build()));
        return builder.build();
    }
}
