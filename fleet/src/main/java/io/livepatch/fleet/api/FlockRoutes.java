package io.livepatch.fleet.api;

import io.livepatch.common.config.DidYouMean;
import io.livepatch.common.http.Request;
import io.livepatch.common.http.RequestException;
import io.livepatch.common.http.Response;
import io.livepatch.common.http.Route;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun.MonkeyInfo;
import io.livepatch.fleet.replica.MonkeyDirectory;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.RunView;
import io.livepatch.fleet.replica.RunView.FlockView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Routes for flocks and their monkeys on all replicas. The paths are those of Mobu. */
record FlockRoutes(Replica replica) {
    static final int DEFAULT_PAGE = 1000;
    static final int MAX_PAGE = 100_000;
    private static final int MAX_BYTES = 1 << 20;
    private static final Pattern NUMBER = Pattern.compile("(.*?)(\\d{1,8})");

    List<Route> routes() {
        return List.of(
                Route.open("/flocks", request -> list()),
                Route.guarded("PUT", "/flocks", this::put),
                Route.open("/flocks/{flock}", this::show),
                Route.guarded("DELETE", "/flocks/{flock}", this::stop),
                Route.guarded("POST", "/flocks/{flock}/refresh", this::refresh),
                Route.open("/flocks/{flock}/summary", this::summary),
                Route.open("/flocks/{flock}/monkeys", this::monkeys),
                Route.open("/flocks/{flock}/monkeys/{monkey}", this::monkey),
                Route.open("/flocks/{flock}/monkeys/{monkey}/log", this::log));
    }

    private Response list() {
        RunView run = replica.currentView();
        return withMissing(Response.json(200, names(run)), run.missing());
    }

    private Response put(Request request) throws IOException {
        String name = replica.startFlock(new String(request.body(MAX_BYTES), StandardCharsets.UTF_8));
        RunView run = replica.cachedView();
        return Response.json(201, FlockDocument.of(find(run, name), run)).with(Map.of("Location", "/flocks/" + name));
    }

    private Response show(Request request) {
        RunView run = replica.currentView();
        return Response.json(200, FlockDocument.of(find(run, request.variable("flock")), run));
    }

    private Response stop(Request request) {
        String name = request.variable("flock");
        if (!replica.stopFlock(name)) {
            throw unknown(replica.cachedView(), name);
        }
        return Response.empty(204);
    }

    private Response refresh(Request request) {
        String name = request.variable("flock");
        if (!replica.refreshFlock(name)) {
            throw unknown(replica.cachedView(), name);
        }
        return Response.empty(202);
    }

    private Response summary(Request request) {
        RunView run = replica.currentView();
        return Response.json(200, FlockSummary.of(find(run, request.variable("flock")), run));
    }

    private Response monkeys(Request request) {
        String name =
                find(replica.cachedView(), request.variable("flock")).flock().name();
        MonkeyDirectory.Page page = replica.monkeys()
                .page(
                        name,
                        request.numberOr("from", 0, Flock.MAX_COUNT),
                        request.numberOr("limit", DEFAULT_PAGE, MAX_PAGE));
        List<String> names = page.monkeys().stream().map(MonkeyInfo::name).toList();
        return withMissing(Response.json(200, names), page.missing());
    }

    private Response monkey(Request request) {
        return Response.json(200, findMonkey(request));
    }

    private Response log(Request request) {
        int number = findMonkey(request).number();
        List<String> lines = replica.monkeys().log(request.variable("flock"), number);
        return Response.text(lines.isEmpty() ? "" : String.join("\n", lines) + "\n");
    }

    /** Finds the monkey by its number, or by its name, which ends with the number. */
    private MonkeyInfo findMonkey(Request request) {
        Flock flock = find(replica.cachedView(), request.variable("flock")).flock();
        String name = request.variable("monkey");
        Matcher matcher = NUMBER.matcher(name);
        if (!matcher.matches()) {
            throw unknownMonkey(flock, name);
        }
        int given = Integer.parseInt(matcher.group(2));
        boolean bare = matcher.group(1).isEmpty();
        return Optional.of(given)
                .filter(number -> number < flock.count())
                .flatMap(number -> replica.monkeys().find(flock.name(), number))
                .filter(monkey -> bare || monkey.name().equals(name))
                .orElseThrow(() -> unknownMonkey(flock, name));
    }

    private RequestException unknownMonkey(Flock flock, String name) {
        OptionalInt first = replica.monkeys().page(flock.name(), 0, 1).monkeys().stream()
                .mapToInt(MonkeyInfo::number)
                .findFirst();
        return new RequestException(
                404,
                first.isPresent()
                        ? "flock '%s' has no monkey '%s'; use a number from 0 to %d, or the name of a monkey"
                                .formatted(flock.name(), name, flock.count() - 1)
                        : "flock '%s' has no monkey '%s'; none has been created yet".formatted(flock.name(), name));
    }

    /** Adds a header that lists the replicas whose latest state is unknown, for bodies that have no member for them. */
    static Response withMissing(Response response, SortedSet<Integer> missing) {
        return missing.isEmpty()
                ? response
                : response.with(Map.of(
                        "Fleet-Missing-Replicas",
                        missing.stream().map(String::valueOf).collect(Collectors.joining(", "))));
    }

    private static FlockView find(RunView run, String name) {
        return run.flock(name).orElseThrow(() -> unknown(run, name));
    }

    private static RequestException unknown(RunView run, String name) {
        List<String> known = names(run);
        String choice = DidYouMean.similar(name, known)
                .map(similar -> "did you mean '" + similar + "'?")
                .orElse(known.isEmpty() ? "no flock exists" : "existing flocks: " + String.join(", ", known));
        return new RequestException(404, "no flock '%s'; %s".formatted(name, choice));
    }

    private static List<String> names(RunView run) {
        return run.activeFlocks().stream().map(flock -> flock.flock().name()).toList();
    }

    /** The JSON document of a flock: the fields of Mobu, and further ones. */
    private record FlockDocument(
            String name,
            Map<String, Object> config,
            FlockView.State state,
            Instant startTime,
            List<String> problems,
            SortedSet<Integer> missingReplicas) {

        static FlockDocument of(FlockView flock, RunView run) {
            return new FlockDocument(
                    flock.flock().name(),
                    flock.config(),
                    flock.state(),
                    flock.begin(),
                    flock.problems(),
                    run.missing());
        }
    }
}
