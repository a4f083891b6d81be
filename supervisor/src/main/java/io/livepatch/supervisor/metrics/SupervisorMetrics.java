package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolListener;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Counts what it hears, and writes a page of it and of the pools as they are. Safe for use by any thread. */
public final class SupervisorMetrics implements PoolListener {

    private final Sources sources;
    private final EventTally events;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final ExpositionFormats formats = ExpositionFormats.init();

    private SupervisorMetrics(Sources sources) {
        this.sources = sources;
        this.events = new EventTally(sources.outOfMemory());
    }

    /**
     * Metrics of a supervisor, and of the JVM that it runs in.
     *
     * @param version of this program
     */
    public static SupervisorMetrics of(Sources sources, String version) {
        SupervisorMetrics metrics = new SupervisorMetrics(sources);
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
        registry.register(new SupervisorFigures(sources));
        registry.register(new PoolFigures(sources));
        registry.register(new WorkerFigures(sources));
        JvmMetrics.builder().register(registry);
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
        sources.pools().get().forEach(pool -> events.know(pool.name()));
        writer(accept).write(out, registry.scrape());
    }

    private ExpositionFormatWriter writer(@Nullable String accept) {
        // Its protobuf format needs a library that is not here.
        return accept != null && accept.contains("application/openmetrics-text")
                ? formats.getOpenMetricsTextFormatWriter()
                : formats.getPrometheusTextFormatWriter();
    }
}
