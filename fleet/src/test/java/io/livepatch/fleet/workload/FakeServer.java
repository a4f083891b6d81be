package io.livepatch.fleet.workload;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.json;
import static io.livepatch.fleet.ScriptedServer.problem;

import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.fleet.ScriptedServer.Reply;
import io.livepatch.fleet.ScriptedServer.Request;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The server's side of the protocol, including refusals; a test may replace single responses. */
final class FakeServer implements Reply {
    static final String AUTH_TOKEN = "auth-token";
    static final byte[] PATCH = Samples.bytes(100_000);

    final Set<String> enrolled = ConcurrentHashMap.newKeySet();
    /** Replaced responses, by method and the last part of the path. */
    final Map<String, Reply> instead = new ConcurrentHashMap<>();

    private final ScriptedServer server;

    FakeServer(ScriptedServer server) {
        this.server = server;
        server.reply(this);
    }

    @Override
    public void write(Request request, OutputStream out) throws Exception {
        String[] path = request.target().replaceAll("\\?.*", "").split("/");
        Reply given = instead.get(request.method() + " " + path[path.length - 1]);
        (given == null ? reply(request, path) : given).write(request, out);
    }

    private Reply reply(Request request, String[] path) {
        if (request.headers().values().stream().anyMatch(value -> value.length() > 8192)) {
            return problem(431, "too long");
        }
        if (request.target().startsWith("/v1/patches/")) {
            return patch(request, path[path.length - 1]);
        }
        if (!request.target().startsWith("/v1/client/")) {
            return problem(404, "no such route");
        }
        String machine = path[3];
        return switch (request.method() + " " + (path.length > 4 ? path[4] : "")) {
            case "POST " -> enrol(request, machine);
            case "DELETE " -> {
                enrolled.remove(machine);
                yield answer(204, "");
            }
            case "POST updates" -> authorised(request, machine).orElseGet(() -> update(request));
            case "POST pings" -> authorised(request, machine).orElseGet(() -> answer(204, ""));
            default -> problem(405, "not allowed");
        };
    }

    private Reply enrol(Request request, String machine) {
        if (!request.header("Authorization").equals(Optional.of("Bearer " + AUTH_TOKEN))) {
            return problem(401, "unknown token");
        }
        enrolled.add(machine);
        return json("{\"machine-token\":\"token-of-" + machine + "\",\"tier\":\"stable\"}");
    }

    private Optional<Reply> authorised(Request request, String machine) {
        String token = request.header("Authorization").orElse("").replace("Bearer token-of-", "");
        if (!enrolled.contains(token)) {
            return Optional.of(problem(401, "unknown token"));
        }
        return token.equals(machine) ? Optional.empty() : Optional.of(problem(403, "of another machine"));
    }

    private Reply update(Request request) {
        if (request.body().length() > 65536) {
            return problem(413, "too long");
        }
        if (!request.body().endsWith("}")) {
            return problem(400, "malformed");
        }
        return json(Samples.applyJson(PATCH, server.uri("/v1/patches/" + Samples.NAME + "?signature=good")));
    }

    private static Reply patch(Request request, String name) {
        if (request.target().contains("%2f") || request.target().contains(";")) {
            return problem(400, "no path");
        }
        if (request.target().contains("signature=") && !request.target().endsWith("=good")) {
            return problem(403, "not ours");
        }
        if (!name.equals(Samples.NAME.fileName())) {
            return problem(404, "no such patch");
        }
        return request.header("Range").isPresent() ? problem(416, "not there") : answer(200, PATCH);
    }
}
