package io.livepatch.supervisor.admin;

import io.livepatch.common.http.Request;
import io.livepatch.common.http.RequestException;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.debug.Debugging;
import io.livepatch.supervisor.debug.Debugging.Report;
import io.livepatch.supervisor.debug.Debugging.Requester;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Routes for debugging workers. All are guarded: reports may contain secrets, and making one costs the worker time. */
final class DebugRoutes {

    private static final String WORKER = "/pools/{pool}/workers/{worker}";

    private final Pools pools;
    private final Debugging debugging;

    DebugRoutes(Pools pools, Debugging debugging) {
        this.pools = pools;
        this.debugging = debugging;
    }

    List<Route> routes() {
        return List.of(
                Route.guarded("GET", WORKER + "/threads", this::threads),
                Route.guarded("GET", WORKER + "/heap", this::heap),
                Route.guarded("GET", WORKER + "/profile", this::profile),
                Route.guarded("POST", WORKER + "/flight-recording", this::flightRecording),
                Route.guarded("GET", WORKER + "/debug/**", this::forward));
    }

    private Response threads(Request request) {
        String format = request.text("format").orElse("text");
        Report report = switch (format) {
            case "text" -> debugging.threads(pid(request), client(request));
            case "json" -> debugging.virtualThreads(pid(request), client(request));
            default -> throw new RequestException(400, "'format' is text, or json for virtual threads too");
        };
        return response(report, Map.of());
    }

    private Response heap(Request request) {
        return response(debugging.heap(pid(request), request.flag("live"), client(request)), Map.of());
    }

    private Response profile(Request request) {
        Duration length = seconds(request, 10);
        return response(debugging.profile(pid(request), length, client(request)), Map.of());
    }

    private Response flightRecording(Request request) {
        Duration length = seconds(request, 30);
        String file = request.variable("worker").replaceAll("[^A-Za-z0-9._-]", "_") + ".jfr";
        return response(
                debugging.flightRecording(pid(request), length, client(request)),
                Map.of("Content-Disposition", "attachment; filename=\"" + file + "\""));
    }

    /** Deletes the report after it was sent. */
    private static Response response(Report report, Map<String, String> headers) {
        Response.Body body = out -> {
            try (InputStream in = report.open()) {
                in.transferTo(out);
            }
        };
        return Response.stream(report.status(), report.mediaType(), body, report)
                .with(headers);
    }

    private static Requester client(Request request) {
        return new ClientConnection(request.exchange());
    }

    private static Duration seconds(Request request, long defaultSeconds) {
        return Duration.ofSeconds(request.number("seconds", 1, Debugging.MAX_RECORDING.toSeconds())
                .orElse(defaultSeconds));
    }

    private long pid(Request request) {
        WorkerInfo worker = pools.worker(request);
        return worker.pid()
                .orElseThrow(() -> new RequestException(
                        409,
                        "worker '%s' has no process: it is %s".formatted(worker.id(), JsonViews.word(worker.state()))));
    }

    /** Forwards the request to the worker's own debug pages. */
    private Response forward(Request request) {
        WorkerInfo worker = pools.worker(request);
        String rest = request.variable("**");
        if (Arrays.stream(Request.decodePath(rest).split("[/\\\\]", -1))
                .anyMatch(it -> ".".equals(it) || "..".equals(it))) {
            throw new RequestException(400, "the path must stay below /debug");
        }
        int port = worker.ports()
                .workerPort()
                .or(worker.ports()::port)
                .orElseThrow(() -> new RequestException(
                        409,
                        "no port of worker '%s' is known: give its pool 'listen' or 'server'".formatted(worker.id())));
        String query = request.exchange().getRequestURI().getRawQuery();
        URI uri = URI.create("http://%s:%d/debug/%s%s"
                .formatted(host(pools.pool(request).spec()), port, rest, query == null ? "" : "?" + query));
        return response(debugging.get(uri, client(request)), Map.of());
    }

    /** The host in the pool's HTTP health checks, which is known to reach the worker. */
    private static String host(PoolSpec spec) {
        return Stream.of(spec.live(), spec.ready())
                .flatMap(Optional::stream)
                .map(HealthCheck::probe)
                .flatMap(probe -> probe instanceof Probe.Http(String url) ? Stream.of(url) : Stream.empty())
                .map(url -> url.replaceFirst("^https?://", "").replaceFirst("[:/](?![^\\[]*]).*", ""))
                .findFirst()
                .orElse("127.0.0.1");
    }
}
