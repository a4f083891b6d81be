package io.livepatch.fleet.client;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.json;
import static io.livepatch.fleet.ScriptedServer.problem;

import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The server's side of the protocol for one machine; tests set its offers. */
final class FakeLivepatchServer implements ScriptedServer.Reply {
    static final String AUTH_TOKEN = "5c5f5b9c-2d1c-4f6e-9b52-0f1a3d6c7e88";
    static final String MACHINE_TOKEN = "machine-token-text";
    static final byte[] PATCH = Samples.bytes(200_000);

    private final ScriptedServer server;
    private final List<String> reports = new CopyOnWriteArrayList<>();
    private final List<String> pings = new CopyOnWriteArrayList<>();
    private volatile ScriptedServer.Reply checkIn = answer(204, "");
    /** A server of an earlier release, at first. */
    private volatile ScriptedServer.Reply authorities = problem(404, "there is no such route here");

    private volatile byte[] bytes = PATCH;

    FakeLivepatchServer(ScriptedServer server) {
        this.server = server;
        server.reply(this);
    }

    void offerPatch() {
        checkIn = (request, out) -> {
            boolean runs = request.body().contains("\"version\":\"107.1\",\"state\":\"applied\"");
            ScriptedServer.Reply reply =
                    runs ? answer(204, "") : json(Samples.applyJson(PATCH, server.uri("/v1/patches/p?signature=s")));
            reply.write(request, out);
        };
    }

    /** Corrupts a byte of the patch in all following downloads. */
    void sendWrongBytes() {
        byte[] wrong = PATCH.clone();
        wrong[wrong.length / 2] ^= 1;
        bytes = wrong;
    }

    void answerCheckInWith(ScriptedServer.Reply reply) {
        checkIn = reply;
    }

    void answerAuthoritiesWith(ScriptedServer.Reply reply) {
        authorities = reply;
    }

    List<String> reports() {
        return List.copyOf(reports);
    }

    List<String> pings() {
        return List.copyOf(pings);
    }

    @Override
    public void write(ScriptedServer.Request request, OutputStream out) throws Exception {
        reply(request).write(request, out);
    }

    private ScriptedServer.Reply reply(ScriptedServer.Request request) {
        String target = request.target();
        if (target.startsWith("/v1/patches/")) {
            return answer(200, bytes);
        }
        if (target.startsWith("/v1/api/kernels/supported")) {
            return json("{\"Supported\":\"supported\"}");
        }
        if (target.equals("/v1/ca-certs")) {
            return authorities;
        }
        if (request.method().equals("POST") && target.matches("/v1/client/[^/]+")) {
            return authorised(
                    request, AUTH_TOKEN, json("{\"machine-token\":\"" + MACHINE_TOKEN + "\",\"tier\":\"stable\"}"));
        }
        if (target.endsWith("/updates")) {
            reports.add(request.body());
            return authorised(request, MACHINE_TOKEN, checkIn);
        }
        if (target.endsWith("/pings")) {
            pings.add(request.body().replaceAll(".*\"type\":\"([^\"]*)\".*", "$1"));
        }
        return authorised(request, MACHINE_TOKEN, answer(204, ""));
    }

    private static ScriptedServer.Reply authorised(
            ScriptedServer.Request request, String token, ScriptedServer.Reply reply) {
        boolean right = request.header("Authorization")
                .filter(("Bearer " + token)::equals)
                .isPresent();
        return right ? reply : problem(401, "unknown token");
    }
}
