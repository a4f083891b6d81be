package io.livepatch.server.health;

import io.livepatch.server.catalog.LiveCatalog.CatalogStatus;
import io.livepatch.server.health.Availability.Purpose;
import io.livepatch.server.health.Check.Fault;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.http.Json;
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
    public List<DirectRoute> routes() {
        return List.of(
                ProbeRoute.get("/health/live", exchange -> exchange.json(200, LIVE)),
                ProbeRoute.get("/health/ready", exchange -> ready(exchange, Readiness.Report::all)),
                ProbeRoute.get("/health/ready/any", exchange -> ready(exchange, Readiness.Report::any)),
                ready(Purpose.CHECK_INS),
                ready(Purpose.DOWNLOADS),
                ProbeRoute.get("/debug/info", exchange -> exchange.json(200, Json.bytes(info))),
                ProbeRoute.get("/debug/status", this::status),
                ProbeRoute.get("/metrics", exchange -> exchange.text(200, PROMETHEUS, metrics.scrape())),
                ProbeRoute.get("/openapi.yaml", exchange -> exchange.text(200, "application/yaml", openapi)));
    }

    private DirectRoute ready(Purpose purpose) {
        return ProbeRoute.get(
                "/health/ready/" + purpose.text(), exchange -> ready(exchange, report -> report.of(purpose)));
    }

    private void ready(Exchange exchange, Function<Readiness.Report, Availability> asked) {
        switch (asked.apply(readiness.report())) {
            case Availability.Possible _ -> exchange.json(200, Json.bytes(Ready.YES));
            case Availability.Impossible no -> {
                exchange.response().getHeaders().put(HttpHeader.RETRY_AFTER, Readiness.PERIOD.toSeconds());
                Ready answer = new Ready(
                        word(no.cause()), Optional.of(no.reason()), Optional.of(no.since()), Optional.of(no.lasting()));
                exchange.json(503, Json.bytes(answer));
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
        for (Purpose purpose : Purpose.values()) {
            switch (report.of(purpose)) {
                case Availability.Possible _ -> possible.add(purpose.text());
                case Availability.Impossible no ->
                    lost.put(purpose.text(), new Lost(no.since(), no.reason(), no.lasting()));
            }
        }
        status.put("possible", possible);
        status.put("lost", lost);
        report.parts().forEach(part -> status.put(part.name(), Part.of(part.fault(), part.since())));
        remarks.forEach(remark -> status.put(remark.name(), Part.of(remark.ask(), Optional.empty())));
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

    /** A GET that tells how the unit is. Answered from memory, also when the unit has more requests than it may take. */
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
