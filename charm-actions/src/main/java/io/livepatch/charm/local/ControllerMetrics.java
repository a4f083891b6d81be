package io.livepatch.charm.local;

import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.Model;
import io.livepatch.common.file.DiskSpace;
import io.livepatch.common.http.AccessFilter;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.common.http.ProblemDetails;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.supervisor.SupervisorException;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics of a model: those of the controller (calls of charms with their steps, actions, the units' statuses) and those of the
 * supervisor (the processes of all units). Thread-safe.
 */
final class ControllerMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerMetrics.class);

    /** A call that finds nothing to do takes about 10 ms, the first start of a database many seconds. */
    private static final double[] SECONDS = {0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300};

    static final int DEFAULT_PORT = 9102;

    /** The environment variable with the loopback port for {@code /metrics}, or {@code off}. */
    static final String PORT_VARIABLE = "LIVEPATCH_METRICS_PORT";

    private static final String CONTENT_TYPE =
            ExpositionFormats.init().getPrometheusTextFormatWriter().getContentType();

    private final Supplier<String> supervisor;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Histogram calls = Histogram.builder()
            .name("livepatch_controller_reconcile_seconds")
            .help("Time of calls of a unit's charm, by application and result (ok, blocked, failed).")
            .labelNames("application", "result")
            .classicUpperBounds(SECONDS)
            .register(registry);
    private final Histogram steps = Histogram.builder()
            .name("livepatch_controller_step_seconds")
            .help("Time of the steps that charms executed, by application and result (ok, failed).")
            .labelNames("application", "result")
            .classicUpperBounds(SECONDS)
            .register(registry);
    private final Counter actions = Counter.builder()
            .name("livepatch_controller_actions_total")
            .help("Actions that have ended, by application, action and outcome.")
            .labelNames("application", "action", "outcome")
            .register(registry);
    private final Counter forced = Counter.builder()
            .name("livepatch_controller_forced_removals_total")
            .help("Units that were stopped by force, because they did not leave within their removal-timeout.")
            .labelNames("application")
            .register(registry);

    /**
     * Metrics of this controller, of which nothing was counted yet.
     *
     * @param supervisor the supervisor's metrics in Prometheus' text format; called at each scrape
     */
    ControllerMetrics(Supplier<String> supervisor) {
        this.supervisor = supervisor;
    }

    /** The result of a call or a step. */
    enum Result {
        OK,
        BLOCKED,
        FAILED
    }

    void called(UnitName unit, Result result, Duration time) {
        calls.labelValues(unit.application(), text(result)).observe(seconds(time));
    }

    void stepped(UnitName unit, boolean failed, Duration time) {
        steps.labelValues(unit.application(), text(failed ? Result.FAILED : Result.OK))
                .observe(seconds(time));
    }

    void ended(UnitName unit, String action, ActionRecord.Outcome outcome) {
        actions.labelValues(unit.application(), action, text(outcome)).inc();
    }

    void forced(UnitName unit) {
        forced.labelValues(unit.application()).inc();
    }

    /**
     * Adds what is read at each scrape: the units by status, for how long leaving units have been leaving, and what the units' charms
     * reported of disks and certificates.
     *
     * @param statuses of the model's units
     */
    void observe(Supplier<Model> model, UnitStatusRegistry statuses, InstantSource clock) {
        GaugeWithCallback.builder()
                .name("livepatch_controller_units")
                .help("Units by application and status.")
                .labelNames("application", "status")
                .callback(callback -> {
                    Model current = model.get();
                    for (String application : current.applications().keySet()) {
                        for (UnitStatus.Kind kind : UnitStatus.Kind.values()) {
                            callback.call(units(current, statuses, application, kind), application, kind.text());
                        }
                    }
                })
                .register(registry);
        GaugeWithCallback.builder()
                .name("livepatch_controller_unit_leaving_seconds")
                .help("How long a unit that is removed has been handing over its work.")
                .labelNames("unit")
                .callback(callback -> {
                    Instant now = clock.instant();
                    Model current = model.get();
                    current.units()
                            .forEach(unit -> current.unit(unit)
                                    .flatMap(record -> record.leavingSince())
                                    .ifPresent(since ->
                                            callback.call(seconds(Duration.between(since, now)), unit.toString())));
                })
                .register(registry);
        figures(
                model,
                statuses,
                "livepatch_controller_disk_free_bytes",
                "What a unit can still write to the file system of a directory, by what is kept there.",
                "directory",
                figures -> values(figures.disks(), DiskSpace::free));
        figures(
                model,
                statuses,
                "livepatch_controller_disk_size_bytes",
                "The size of the file system of a unit's directory.",
                "directory",
                figures -> values(figures.disks(), DiskSpace::size));
        figures(
                model,
                statuses,
                "livepatch_controller_certificate_not_after_seconds",
                "Unix time at which the certificate that a unit serves, or its authority's, ends.",
                "kind",
                figures -> values(figures.certificateEnds(), Instant::getEpochSecond));
    }

    private void figures(
            Supplier<Model> model,
            UnitStatusRegistry statuses,
            String name,
            String help,
            String label,
            Function<Outcome.Figures, Map<String, Double>> select) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("unit", label)
                .callback(callback -> model.get()
                        .units()
                        .forEach(unit -> select.apply(statuses.of(unit).figures())
                                .forEach((key, value) -> callback.call(value, unit.toString(), key))))
                .register(registry);
    }

    private static <T> Map<String, Double> values(Map<String, T> figures, ToLongFunction<T> value) {
        Map<String, Double> values = new TreeMap<>();
        figures.forEach((key, figure) -> values.put(key, (double) value.applyAsLong(figure)));
        return values;
    }

    /** Answers {@code GET /metrics} on loopback until the process ends. A port that is taken is logged: nothing else depends on it. */
    void serveIfFree(int port) {
        try {
            var _ = serve(port);
        } catch (IOException e) {
            LOG.warn(
                    "cannot listen on 127.0.0.1:{} for metrics: {}; set {} to a free port, or to off, and run juju shutdown, then"
                            + " juju wait-for. juju metrics prints them without a port",
                    port,
                    e.getMessage(),
                    PORT_VARIABLE);
        }
    }

    AdminEndpoint serve(int port) throws IOException {
        return AdminEndpoint.start(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port),
                "metrics-",
                List.of(Route.open("/metrics", _ -> Response.stream(CONTENT_TYPE, this::write))),
                new AccessFilter(true, Optional.empty(), true, PORT_VARIABLE, PORT_VARIABLE),
                new ProblemDetails("controller", Map.of(), false, problem -> problem));
    }

    private void write(OutputStream out) throws IOException {
        ExpositionFormats.init().getPrometheusTextFormatWriter().write(out, registry.scrape());
        out.write(ofSupervisor().getBytes(StandardCharsets.UTF_8));
    }

    private String ofSupervisor() {
        try {
            return supervisor.get();
        } catch (SupervisorException e) {
            return "# " + String.valueOf(e.getMessage()).replace('\n', ' ') + "\n";
        }
    }

    private static double units(Model model, UnitStatusRegistry statuses, String application, UnitStatus.Kind kind) {
        return model.units().stream()
                .filter(unit -> unit.application().equals(application))
                .filter(unit -> statuses.of(unit).status().kind() == kind)
                .mapToDouble(_ -> 1)
                .sum();
    }

    /** All metrics in Prometheus' text format. */
    String text() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the metrics", e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String text(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
