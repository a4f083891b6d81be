package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.output.OutputCounts;
import io.livepatch.supervisor.process.ProcfsUsageReader.ProcessUsage;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The metrics of a supervisor: counters of events, and the state of the pools at a scrape. Thread-safe. */
public final class SupervisorMetrics implements PoolEvent.Listener {

    /**
     * The sources of metrics that do not follow from events. All are called at each scrape and must not block.
     *
     * @param processUsage of a process by its pid; empty when it has ended
     * @param connectionImbalance of a pool whose workers share a port; empty while too few connections were seen
     * @param outOfMemory whether the kernel killed the process for its memory
     * @param termReceived whether a signal has requested the shutdown
     * @param shuttingDown whether the supervisor is shutting down
     */
    public record Sources(
            Supplier<List<Pool>> pools,
            LongFunction<Optional<ProcessUsage>> processUsage,
            Supplier<OutputCounts> output,
            Function<String, OptionalDouble> connectionImbalance,
            Predicate<ExitStatus> outOfMemory,
            BooleanSupplier termReceived,
            BooleanSupplier shuttingDown) {}

    private final Sources sources;
    private final EventCounters events;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final ExpositionFormats formats = ExpositionFormats.init();

    private SupervisorMetrics(Sources sources) {
        this.sources = sources;
        this.events = new EventCounters(sources.outOfMemory());
    }

    /**
     * Metrics of a supervisor and of its JVM.
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
                .help("Version of the supervisor and of Java.")
                .labelNames("version", "java_version")
                .register(registry);
        build.setLabelValues(version, Runtime.version().toString());
        events.register(registry);
        registry.register((MultiCollector) this::collectSupervisor);
        registry.register(new PoolCollector(sources));
        JvmMetrics.builder().register(registry);
    }

    private MetricSnapshots collectSupervisor() {
        MetricFamilies families = new MetricFamilies();
        families.add(
                "monoceros_supervisor_sigterm_received",
                "1 once a signal has requested the shutdown.",
                sources.termReceived().getAsBoolean());
        families.add(
                "monoceros_supervisor_proxy_mode",
                "1 when a pool has a balancer in front.",
                sources.pools().get().stream().anyMatch(pool -> pool.spec().listening() instanceof Listening.Proxied));
        families.add(
                "supervisor_shutdown_in_progress",
                "1 while all workers are being stopped.",
                sources.shuttingDown().getAsBoolean());
        OutputCounts output = sources.output().get();
        families.add(
                "monoceros_workerpool_failed_to_parse_log_json_total",
                "Lines that begin like a JSON object and are none.",
                output.parseFailures());
        families.add(
                "supervisor_output_dropped_lines_total",
                "Lines of workers that were dropped for lack of a reader.",
                output.droppedLines());
        families.add(
                "supervisor_output_dropped_bytes_total",
                "Bytes of workers that were dropped for lack of a reader or of room on disk.",
                output.droppedBytes());
        return families.snapshots();
    }

    @Override
    public void onEvent(String pool, PoolEvent event) {
        events.onEvent(pool, event);
    }

    /**
     * The content type for a scraper: OpenMetrics or Prometheus' text.
     *
     * @param accept its {@code Accept} header, if any
     */
    public String contentType(@Nullable String accept) {
        return writer(accept).getContentType();
    }

    /** Writes all metrics in that format; leaves {@code out} open. */
    public void write(@Nullable String accept, OutputStream out) throws IOException {
        sources.pools().get().forEach(pool -> events.initialize(pool.name()));
        writer(accept).write(out, registry.scrape());
    }

    private ExpositionFormatWriter writer(@Nullable String accept) {
        // The protobuf format needs a library that is not on the class path.
        return accept != null && accept.contains("application/openmetrics-text")
                ? formats.getOpenMetricsTextFormatWriter()
                : formats.getPrometheusTextFormatWriter();
    }
}
