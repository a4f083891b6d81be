package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.output.OutputCounts;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The metrics of a supervisor: counts of events, and the state of the pools at a scrape. Thread-safe. */
public final class SupervisorMetrics implements PoolEvent.Listener {

    private final MetricSources metricSources;
    private final EventCounters events;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final ExpositionFormats formats = ExpositionFormats.init();

    private SupervisorMetrics(MetricSources metricSources) {
        this.metricSources = metricSources;
        this.events = new EventCounters(metricSources.outOfMemory());
    }

    /**
     * Metrics of a supervisor, and of the JVM that it runs in.
     *
     * @param version of this program
     */
    public static SupervisorMetrics of(MetricSources metricSources, String version) {
        SupervisorMetrics metrics = new SupervisorMetrics(metricSources);
        metrics.register(version);
        return metrics;
    }

    private void register(String version) {
        Info build = Info.builder()
                .name("monoceros_build_info")
                .help("What runs here.")
                .labelNames("version", "java_version")
                .register(registry);
        build.setLabelValues(version, Runtime.version().toString());
        events.register(registry);
        registry.register((MultiCollector) this::ofSupervisor);
        registry.register(new PoolCollector(metricSources));
        registry.register(new WorkerCollector(metricSources));
        JvmMetrics.builder().register(registry);
    }

    /** The metrics of the supervisor as a whole. */
    private MetricSnapshots ofSupervisor() {
        MetricFamilyBuilder term =
                new MetricFamilyBuilder("monoceros_supervisor_sigterm_received", "1 once a signal asked it to end.");
        term.add(metricSources.termReceived().getAsBoolean());
        MetricFamilyBuilder proxy =
                new MetricFamilyBuilder("monoceros_supervisor_proxy_mode", "1 when a pool has a balancer in front.");
        proxy.add(metricSources.pools().get().stream()
                .anyMatch(pool -> pool.spec().listening() instanceof Listening.Proxied));
        OutputCounts output = metricSources.output().get();
        MetricFamilyBuilder unparsed = new MetricFamilyBuilder(
                "monoceros_workerpool_failed_to_parse_log_json_total", "Lines that look like JSON and are not.");
        unparsed.add(output.parseFailures());
        MetricFamilyBuilder ending =
                new MetricFamilyBuilder("supervisor_shutdown_in_progress", "1 while all workers are being stopped.");
        ending.add(metricSources.shuttingDown().getAsBoolean());
        MetricFamilyBuilder lines =
                new MetricFamilyBuilder("supervisor_output_dropped_lines_total", "Lines of workers that nobody took.");
        lines.add(output.droppedLines());
        MetricFamilyBuilder bytes =
                new MetricFamilyBuilder("supervisor_output_dropped_bytes_total", "Bytes of workers that nobody took.");
        bytes.add(output.droppedBytes());
        return new MetricSnapshots(Stream.of(term, proxy, unparsed, ending, lines, bytes)
                .map(MetricFamilyBuilder::snapshot)
                .toList());
    }

    @Override
    public void heard(String pool, PoolEvent event) {
        events.heard(pool, event);
    }

    /**
     * Which format a scraper with this {@code Accept} gets: OpenMetrics or Prometheus' text.
     *
     * @param accept the header, when there is one
     */
    public String contentType(@Nullable String accept) {
        return writer(accept).getContentType();
    }

    /** Writes all metrics as they are now, in that format; leaves {@code out} open. */
    public void write(@Nullable String accept, OutputStream out) throws IOException {
        metricSources.pools().get().forEach(pool -> events.know(pool.name()));
        writer(accept).write(out, registry.scrape());
    }

    private ExpositionFormatWriter writer(@Nullable String accept) {
        // Its protobuf format needs a library that is not here.
        return accept != null && accept.contains("application/openmetrics-text")
                ? formats.getOpenMetricsTextFormatWriter()
                : formats.getPrometheusTextFormatWriter();
    }
}
