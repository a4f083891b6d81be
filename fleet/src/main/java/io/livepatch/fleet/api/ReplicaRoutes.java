package io.livepatch.fleet.api;

import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.fleet.replica.Replica;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** Routes for monitoring this process: metrics, health, and the index of all routes. */
final class ReplicaRoutes {
    private final Replica replica;
    private final String version;
    private final PrometheusRegistry registry = new PrometheusRegistry();

    private record Health(String status, int replica, int replicasPresent, boolean held) {}

    private record Index(String name, String version, List<String> routes) {}

    ReplicaRoutes(Replica replica, String version) {
        this.replica = replica;
        this.version = version;
        JvmMetrics.builder().register(registry);
        registry.register(new ShareMetrics(replica));
    }

    List<Route> routes() {
        return List.of(Route.open("/metrics", request -> metrics()), Route.open("/health", request -> health()));
    }

    Route index(List<Route> all) {
        List<String> paths = all.stream().map(Route::name).toList();
        return Route.open("/", request -> Response.json(200, new Index("fleet", version, paths)));
    }

    private Response metrics() throws IOException {
        PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.builder().build();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(out, registry.scrape());
        return Response.bytes(200, writer.getContentType(), out.toByteArray());
    }

    /** A held replica is reported as healthy (200), because a restart would not let it read the membership. */
    private Response health() {
        Replica.LocalStatus own = replica.localStatus();
        return Response.json(200, new Health(own.held() ? "held" : "up", own.index(), own.present(), own.held()));
    }
}
