package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.server.auth.AdminSessions;
import io.livepatch.server.auth.BasicUsers;
import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.checkin.CheckInRoute;
import io.livepatch.server.checkin.CheckIns;
import io.livepatch.server.http.ApiJson;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.http.JerseyApplication;
import io.livepatch.server.machine.MachineResource;
import io.livepatch.server.machine.MachineTokens;
import io.livepatch.server.machine.Machines;
import io.livepatch.server.machine.PingResource;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.storage.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** The client API of one unit on its own port, with a real database, and a client of it. */
public final class MachineApi implements AutoCloseable {
    public static final String ENROLMENT = """
            {"kernel":"5.15.0-107.117-generic","architecture":"amd64","client-version":"0.1.0","is-new":true}""";
    public static final String CHECK_IN = """
            {"kernel":"5.15.0-107.117-generic","architecture":"amd64"}""";

    private final TestDatabase test;
    private final HttpClient client = HttpClient.newHttpClient();
    private final MachineTokens tokens;
    private final CheckIns checkIns;
    private final HttpServer server;
    private final Metrics metrics = new Metrics();

    /** An answer. */
    public record Answer(int status, HttpResponse<String> response) {
        public String text() {
            return response.body();
        }

        public JsonNode json() {
            return ApiJson.mapper().readTree(text());
        }

        public String detail() {
            return json().path("detail").asString();
        }

        public Optional<String> header(String name) {
            return response.headers().firstValue(name);
        }
    }

    public MachineApi(TestDatabase test, Catalog catalog) {
        this.test = test;
        this.tokens = new MachineTokens(test.database(), metrics);
        this.checkIns = new CheckIns(test.database(), Optional::empty, metrics);
        Machines machines = new Machines(test.database(), tokens, metrics, Duration.ofHours(24));
        CheckInRoute route = new CheckInRoute(tokens, checkIns, catalog, name -> "https://patches.example/" + name);
        this.server = new HttpServer(
                new HttpServer.Settings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Optional.empty(),
                        false,
                        1000,
                        5000,
                        Duration.ofSeconds(5),
                        4,
                        ClientLimitsDefaults.DEFAULT),
                List.of(route),
                Guards.of(machines, tokens, new AdminSessions(new BasicUsers(List.of()), test.database(), metrics)),
                new JerseyApplication(List.of(
                        new MachineResource(machines), new PingResource(machines, catalog, metrics, (_, _, _) -> {}))),
                metrics);
        start();
    }

    private void start() {
        try {
            server.bind();
            checkIns.start();
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts an auth token there. */
    public String authToken(String label, String tier) {
        return authToken(label, tier, false);
    }

    public String authToken(String label, String tier, boolean sharedImages) {
        String token = UUID.randomUUID().toString();
        test.jdbi()
                .useHandle(handle -> handle.execute(
                        """
                        insert into auth_tokens (label, token_hash, tier_id, shared_images, created_at)
                        select ?, ?, tier_id, ?, now() from tiers where name = ?""", label, Sha256.of(token.getBytes(UTF_8)).bytes(), sharedImages, tier));
        return token;
    }

    /** Enrols a machine whose client has no key, and returns its token. */
    public String enrol(String machine, String authToken) {
        return token(send("POST", "/v1/client/" + machine, authToken, ENROLMENT));
    }

    /** Enrols a machine whose client has a key, and returns its token. */
    public String enrol(String machine, String authToken, String key) {
        return token(tryEnrol(machine, authToken, key));
    }

    /** Tries to enrol a machine; without a key if that is empty. */
    public Answer tryEnrol(String machine, String authToken, String key) {
        String body = key.isEmpty() ? ENROLMENT : """
                {"kernel":"5.15.0-107.117-generic","architecture":"amd64","enrolment-key":"%s"}""".formatted(key);
        return send("POST", "/v1/client/" + machine, authToken, body);
    }

    private static String token(Answer answer) {
        if (answer.status() != 200) {
            throw new IllegalStateException(answer.status() + ": " + answer.text());
        }
        return answer.json().path("machine-token").asString();
    }

    public Answer checkIn(String machine, String token, String body) {
        return send("POST", "/v1/client/" + machine + "/updates", token, body);
    }

    /** Sends a request with this bearer token, or without if it is empty. */
    public Answer send(String method, String path, String token, String body) {
        return sendWith(method, path, token.isEmpty() ? "" : "Bearer " + token, body);
    }

    /** Sends a request with this {@code Authorization}. */
    public Answer sendWith(String method, String path, String authorization, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public MachineTokens tokens() {
        return tokens;
    }

    public Metrics metrics() {
        return metrics;
    }

    @Override
    public void close() {
        server.close();
        checkIns.close();
        client.close();
    }
}
