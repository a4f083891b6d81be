package io.livepatch.server.metrics;

import io.livepatch.storage.cache.CachedPatchStore;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The unit's metrics. Thread-safe.
 *
 * <p>Dashboards use Canonical's names of counters, which lack the suffix {@code _total} that the client library appends to every counter:
 * these are gauges that only grow, which {@code rate()} accepts as well.
 */
public final class Metrics {
    private static final String PREFIX = "livepatch_server_";
    private static final double[] SECONDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    private static final double[] ROWS = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Histogram requests = seconds("http_request_duration_seconds", "handler", "method", "code");
    private final Histogram queries = seconds("database_query_duration_seconds", "method");
    private final Histogram commits = seconds("check_in_commit_duration_seconds");
    private final Gauge overload = countedAsGauge(PREFIX + "httpgovernor_request_overload");
    private final Gauge databaseErrors = countedAsGauge(PREFIX + "database_error_count");
    private final Gauge pings = countedAsGauge(
            "livepatch_patch_ping_events",
            "ping_type",
            "kernel",
            "patch_version",
            "tier",
            "patch_state",
            "architecture");
    private final Histogram batches = Histogram.builder()
            .name(PREFIX + "check_in_batch_size")
            .help("Check-ins that were committed together.")
            .classicOnly()
            .classicUpperBounds(ROWS)
            .register(registry);
    private final Counter rejected = Counter.builder()
            .name(PREFIX + "check_in_rejected")
            .help("Check-ins that were refused at once: the queue was full, or the database is away or refuses writes.")
            .register(registry);
    private final Counter duplicateReports = Counter.builder()
            .name(PREFIX + "duplicate_machine_reports")
            .help(
                    "Check-ins whose boot time went back for the second or a further time in 7 days: two machines report under one id.")
            .register(registry);
    private final Counter scrubbedPatches = Counter.builder()
            .name(PREFIX + "scrub_patches")
            .help("Patches that were read again and hashed.")
            .register(registry);
    private final Counter scrubbedBytes = Counter.builder()
            .name(PREFIX + "scrub_bytes")
            .help("Bytes of the patches that were read again and hashed.")
            .register(registry);

    private final Counter refused = Counter.builder()
            .name(PREFIX + "refused_requests")
            .help("Requests, log-ins and connections that were refused, by reason.")
            .labelNames("reason")
            .register(registry);

    private final Counter digestReports = Counter.builder()
            .name(PREFIX + "digest_reports")
            .help("Reports of machines that a patch came with another sha256 than announced, by what a check found.")
            .labelNames("outcome")
            .register(registry);

    private final Counter configReloads = Counter.builder()
            .name(PREFIX + "config_reloads")
            .help(
                    "Reloads of the configuration, by result; one that waits for its database counts as postponed at each attempt.")
            .labelNames("result")
            .register(registry);

    /** How a reload of the configuration ended. */
    public enum Reload {
        APPLIED,
        REFUSED,
        POSTPONED;

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Metrics() {
        JvmMetrics.builder().register(registry);
        for (Refusal reason : Refusal.values()) {
            refused.initLabelValues(reason.label());
        }
        for (Reload result : Reload.values()) {
            configReloads.initLabelValues(result.label());
        }
        overload.inc(0);
        databaseErrors.inc(0);
    }

    private Histogram seconds(String name, String... labels) {
        return Histogram.builder()
                .name(PREFIX + name)
                .help("How long it took.")
                .labelNames(labels)
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
    }

    private Gauge countedAsGauge(String name, String... labels) {
        return Gauge.builder()
                .name(name)
                .help("How many there were since the start.")
                .labelNames(labels)
                .register(registry);
    }

    /**
     * Observes an answered request.
     *
     * @param handler the template of its route, never its path
     */
    public void request(String handler, String method, int status, Duration duration) {
        requests.labelValues(handler, METHODS.contains(method) ? method : "other", String.valueOf(status))
                .observe(duration.toNanos() / 1e9);
    }

    public void overload() {
        overload.inc();
    }

    public void refused(Refusal reason) {
        refused.labelValues(reason.label()).inc();
    }

    /** Runs a query, observes its duration under the name of the DAO's method, and counts a failure. */
    public <T> T query(String method, Supplier<T> query) {
        long start = System.nanoTime();
        try {
            return query.get();
        } catch (RuntimeException e) {
            databaseError();
            throw e;
        } finally {
            queries.labelValues(method).observe((System.nanoTime() - start) / 1e9);
        }
    }

    public void configReload(Reload result) {
        configReloads.labelValues(result.label()).inc();
    }

    /** Counts a failed statement or connection. */
    public void databaseError() {
        databaseErrors.inc();
    }

    /** Observes a batch of check-ins. */
    public void checkIns(int rows, Duration commit) {
        batches.observe(rows);
        commits.observe(commit.toNanos() / 1e9);
    }

    /** Counts a check-in that was refused at once. */
    public void checkInRejected() {
        rejected.inc();
    }

    /** Counts a check-in that indicates two machines with one id. */
    public void duplicateReport() {
        duplicateReports.inc();
    }

    /** Counts a scrubbed patch of this size. */
    public void scrubbed(long bytes) {
        scrubbedPatches.inc();
        scrubbedBytes.inc(bytes);
    }

    /** Counts a ping. The caller guarantees that kernel and version are those of a known patch. */
    public void ping(Ping ping) {
        pings.labelValues(ping.type(), ping.kernel(), ping.version(), ping.tier(), ping.state(), ping.architecture())
                .inc();
    }

    /** The labels of a ping. */
    public record Ping(String type, String kernel, String version, String tier, String state, String architecture) {}

    /** Registers the patch cache, under Canonical's names where there are any. */
    public void cache(Supplier<CachedPatchStore.Statistics> statistics) {
        gauge(
                "patch_cache_hits",
                "Downloads from the cache.",
                () -> statistics.get().hits());
        gauge(
                "patch_cache_misses",
                "Downloads that had to wait for the store.",
                () -> statistics.get().misses());
        gauge(
                "patch_cache_evictions",
                "Patches that were removed from the cache.",
                () -> statistics.get().evictions());
        gauge(
                "patch_cache_length",
                "Patches in the cache.",
                () -> statistics.get().entries());
        gauge("patch_cache_bytes", "Bytes in the cache.", () -> statistics.get().bytes());
        gauge(
                "patch_cache_fills",
                "Patches that were read from the store into the cache.",
                () -> statistics.get().fills());
        gauge(
                "patch_cache_bypasses",
                "Downloads past the cache, which had no room or no disk.",
                () -> statistics.get().bypasses());
        gauge(
                "patch_cache_damaged",
                "Patches that were removed from the cache because their bytes were wrong.",
                () -> statistics.get().damaged());
    }

    /** Counts a machine's report of a wrong sha256; {@code outcome} is from a small set. */
    public void digestReport(String outcome) {
        digestReports.labelValues(outcome).inc();
    }

    /** Registers a gauge that is evaluated at each scrape. */
    public void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(PREFIX + name)
                .help(help)
                .callback(callback -> callback.call(value.getAsDouble()))
                .register(registry);
    }

    /** Registers a gauge with one label that is evaluated at each scrape: the keys are the label's values. */
    public void gauges(String name, String help, String label, Supplier<Map<String, Double>> values) {
        GaugeWithCallback.builder()
                .name(PREFIX + name)
                .help(help)
                .labelNames(label)
                .callback(callback -> values.get().forEach((of, value) -> callback.call(value, of)))
                .register(registry);
    }

    /** All metrics in Prometheus' text format. */
    public String scrape() {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            ExpositionFormats.init().getPrometheusTextFormatWriter().write(out, registry.scrape());
            return out.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
