package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.debug.Debugging;
import io.livepatch.supervisor.debug.Report;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Looking into workers. Guarded throughout: what is found may hold secrets, and finding it costs the worker time. */
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
                Route.guarded("GET", WORKER + "/debug/**", this::own));
    }

    private Answer threads(Request request) {
        String format = request.text("format").orElse("text");
        Report report = switch (format) {
            case "text" -> debugging.threads(pid(request), request.visitor());
            case "json" -> debugging.virtualThreads(pid(request), request.visitor());
            default -> throw new RequestException(400, "'format' is text, or json for virtual threads too");
        };
        return Answer.report(report, Map.of());
    }

    private Answer heap(Request request) {
        return Answer.report(debugging.heap(pid(request), request.flag("live"), request.visitor()), Map.of());
    }

    private Answer profile(Request request) {
        Duration length = seconds(request, 10);
        return Answer.report(debugging.profile(pid(request), length, request.visitor()), Map.of());
    }

    private Answer flightRecording(Request request) {
        Duration length = seconds(request, 30);
        String file = request.variable("worker").replaceAll("[^A-Za-z0-9._-]", "_") + ".jfr";
        return Answer.report(
                debugging.flightRecording(pid(request), length, request.visitor()),
                Map.of("Content-Disposition", "attachment; filename=\"" + file + "\""));
    }

    private static Duration seconds(Request request, long usual) {
        return Duration.ofSeconds(
                request.number("seconds", 1, Debugging.LONGEST.toSeconds()).orElse(usual));
    }

    private long pid(Request request) {
        WorkerInfo worker = pools.worker(request);
        return worker.pid()
                .orElseThrow(() -> new RequestException(
                        409,
                        "worker '%s' has no process: it is %s".formatted(worker.id(), JsonViews.word(worker.state()))));
    }

    private Answer own(Request request) {
        WorkerInfo worker = pools.worker(request);
        String rest = request.variable("**");
        if (Arrays.stream(Router.decode(rest).split("[/\\\\]", -1)).anyMatch(it -> ".".equals(it) || "..".equals(it))) {
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
        return Answer.report(debugging.get(uri, request.visitor()), Map.of());
    }

    /** Where its checks look for it, which is where it can be found. */
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
