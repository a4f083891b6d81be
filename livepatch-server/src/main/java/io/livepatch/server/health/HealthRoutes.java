package io.livepatch.server.health;

import io.livepatch.server.catalog.CatalogStatus;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.http.HotRoute;
import io.livepatch.server.http.Json;
import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;

/** What the unit tells of itself: {@code /health}, {@code /debug}, {@code /metrics} and {@code /openapi.yaml}. */
public final class HealthRoutes {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final byte[] LIVE = Json.bytes(Map.of("status", "live"));

    private final Readiness readiness;
    private final Metrics metrics;
    private final Info info;
    private final Supplier<CatalogStatus> catalog;
    private final List<Check> remarks;
    private final String openapi = openapi();

    /**
     * Who answers: what {@code /debug/info} shows.
     *
     * @param worker which of the unit's processes, as its supervisor counts them
     */
    public record Info(String version, String unit, Optional<String> worker, String java, Instant startedAt) {}

    private record Ready(String status, Optional<String> detail) {}

    private record Part(String status) {
        static Part of(Optional<String> problem) {
            return new Part(problem.orElse("OK"));
        }
    }

    /**
     * Nothing is asked yet.
     *
     * @param remarks parts that are shown, and whose problems do not keep the unit from being ready; answered from memory
     */
    public HealthRoutes(
            Readiness readiness, Metrics metrics, Info info, Supplier<CatalogStatus> catalog, List<Check> remarks) {
        this.readiness = readiness;
        this.metrics = metrics;
        this.info = info;
        this.catalog = catalog;
        this.remarks = List.copyOf(remarks);
    }

    /** The routes, for the HTTP server. */
    public List<HotRoute> routes() {
        return List.of(
                ProbeRoute.get("/health/live", exchange -> exchange.json(200, LIVE)),
                ProbeRoute.get("/health/ready", this::ready),
                ProbeRoute.get("/debug/info", exchange -> exchange.json(200, Json.bytes(info))),
                ProbeRoute.get("/debug/status", this::status),
                ProbeRoute.get("/metrics", exchange -> exchange.text(200, PROMETHEUS, metrics.scrape())),
                ProbeRoute.get("/openapi.yaml", exchange -> exchange.text(200, "application/yaml", openapi)));
    }

    private void ready(Exchange exchange) {
        Readiness.Report report = readiness.report();
        boolean ready = report.state() == Readiness.State.READY;
        if (!ready) {
            exchange.response().getHeaders().put(HttpHeader.RETRY_AFTER, Readiness.PERIOD.toSeconds());
        }
        String detail = report.detail();
        exchange.json(
                ready ? 200 : 503,
                Json.bytes(new Ready(word(report.state()), detail.isEmpty() ? Optional.empty() : Optional.of(detail))));
    }

    private void status(Exchange exchange) {
        Readiness.Report report = readiness.report();
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("state", word(report.state()));
        report.problems().forEach((part, problem) -> status.put(part, Part.of(problem)));
        remarks.forEach(remark -> status.put(remark.name(), Part.of(remark.ask())));
        status.put("snapshot", catalog.get());
        exchange.json(200, Json.bytes(status));
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
}
