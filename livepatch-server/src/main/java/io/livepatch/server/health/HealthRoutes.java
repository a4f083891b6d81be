package io.livepatch.server.health;

import io.livepatch.server.catalog.LiveCatalog.CatalogStatus;
import io.livepatch.server.health.Availability.Capability;
import io.livepatch.server.health.ReadinessCheck.Fault;
import io.livepatch.server.http.ApiJson;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;

/** The routes {@code /health}, {@code /debug}, {@code /metrics} and {@code /openapi.yaml}. */
public final class HealthRoutes {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final byte[] LIVE = ApiJson.bytes(Map.of("status", "live"));

    private final Readiness readiness;
    private final Metrics metrics;
    private final Supplier<Info> info;
    private final Supplier<CatalogStatus> catalog;
    private final List<ReadinessCheck> notices;
    private final String openapi = openapi();

    /**
     * The answer of {@code /debug/info}.
     *
     * @param worker the number of this process of the unit, given by its supervisor
     */
    public record Info(
            String version,
            String unit,
            Optional<String> worker,
            String java,
            Instant startedAt,
            Configuration configuration) {}

    /**
     * The configuration in effect.
     *
     * @param fileModified time of the file when it was read; empty if there is none
     * @param needsRestart keys that changed since the start and are not in effect
     */
    public record Configuration(
            Optional<Instant> fileModified,
            Instant appliedAt,
            List<String> needsRestart,
            Optional<LastReload> lastReload) {}

    /**
     * The end of the last reload of the configuration.
     *
     * @param result {@code applied}, {@code refused} or {@code postponed}
     * @param fileModified time of the file when it was read
     * @param problem why it was not applied, without secrets
     */
    public record LastReload(String result, Optional<Instant> fileModified, Instant at, Optional<String> problem) {}

    private record Ready(
            String status, Optional<String> detail, Optional<Instant> since, Optional<Boolean> needsOperator) {
        static final Ready YES = new Ready("ready", Optional.empty(), Optional.empty(), Optional.empty());
    }

    private record Part(String status, Optional<Instant> since, Optional<Boolean> needsOperator) {
        static Part of(Optional<Fault> fault, Optional<Instant> since) {
            return new Part(
                    fault.map(Fault::text).orElse("OK"),
                    since,
                    fault.filter(Fault::lasting).map(_ -> true));
        }
    }

    private record Lost(Instant since, String reason, boolean needsOperator) {}

    /** @param notices checks that {@code /debug/status} shows and readiness ignores; answered from memory */
    public HealthRoutes(
            Readiness readiness,
            Metrics metrics,
            Supplier<Info> info,
            Supplier<CatalogStatus> catalog,
            List<ReadinessCheck> notices) {
        this.readiness = readiness;
        this.metrics = metrics;
        this.info = info;
        this.catalog = catalog;
        this.notices = List.copyOf(notices);
    }

    public List<DirectRoute> routes() {
        return List.of(
                ProbeRoute.get("/health/live", exchange -> exchange.json(200, LIVE)),
                ProbeRoute.get("/health/ready", exchange -> ready(exchange, Readiness.Report::all)),
                ProbeRoute.get("/health/ready/any", exchange -> ready(exchange, Readiness.Report::any)),
                ready(Capability.CHECK_INS),
                ready(Capability.DOWNLOADS),
                ProbeRoute.get("/debug/info", exchange -> exchange.json(200, ApiJson.bytes(info.get()))),
                ProbeRoute.get("/debug/status", this::status),
                ProbeRoute.get("/metrics", exchange -> exchange.text(200, PROMETHEUS, metrics.scrape())),
                ProbeRoute.get("/openapi.yaml", exchange -> exchange.text(200, "application/yaml", openapi)));
    }

    private DirectRoute ready(Capability capability) {
        return ProbeRoute.get(
                "/health/ready/" + capability.text(), exchange -> ready(exchange, report -> report.of(capability)));
    }

    private void ready(Exchange exchange, Function<Readiness.Report, Availability> selector) {
        switch (selector.apply(readiness.report())) {
            case Availability.Possible _ -> exchange.json(200, ApiJson.bytes(Ready.YES));
            case Availability.Impossible no -> {
                exchange.response().getHeaders().put(HttpHeader.RETRY_AFTER, Readiness.PERIOD.toSeconds());
                Ready answer = new Ready(
                        word(no.cause()), Optional.of(no.reason()), Optional.of(no.since()), Optional.of(no.lasting()));
                exchange.json(503, ApiJson.bytes(answer));
            }
        }
    }

    private static String word(Availability.Cause cause) {
        return switch (cause) {
            case STARTING -> "starting";
            case FAULT -> "not-ready";
            case DRAINING -> "draining";
        };
    }

    private void status(Exchange exchange) {
        Readiness.Report report = readiness.report();
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("state", word(report.state()));
        List<String> possible = new ArrayList<>();
        Map<String, Lost> lost = new LinkedHashMap<>();
        for (Capability capability : Capability.values()) {
            switch (report.of(capability)) {
                case Availability.Possible _ -> possible.add(capability.text());
                case Availability.Impossible no ->
                    lost.put(capability.text(), new Lost(no.since(), no.reason(), no.lasting()));
            }
        }
        status.put("possible", possible);
        status.put("lost", lost);
        report.parts().forEach(part -> status.put(part.name(), Part.of(part.fault(), part.since())));
        notices.forEach(notice -> status.put(notice.name(), Part.of(notice.evaluate(), Optional.empty())));
        status.put("snapshot", catalog.get());
        exchange.json(200, ApiJson.bytes(status));
    }

    private static String word(Readiness.State state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String openapi() {
        try (InputStream document = HealthRoutes.class.getResourceAsStream("/openapi.yaml")) {
            return new String(Objects.requireNonNull(document, "openapi.yaml").readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A GET of the state of the unit, answered from memory and without a limit. */
    record ProbeRoute(PathTemplate path, Consumer<Exchange> answer) implements DirectRoute {
        private static final Set<String> METHODS = Set.of("GET", "HEAD");

        static ProbeRoute get(String path, Consumer<Exchange> answer) {
            return new ProbeRoute(PathTemplate.of(path), answer);
        }

        @Override
        public Set<String> methods() {
            return METHODS;
        }

        @Override
        public boolean probe() {
            return true;
        }

        @Override
        public void handle(Exchange exchange, String parameter) {
            answer.accept(exchange);
        }
    }
}
