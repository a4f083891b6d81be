package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.storage.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A unit's HTTP API, as operators and machines use it. Throws {@link UncheckedIOException} when there is no answer. */
final class Api {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;

    Api(int port) {
        this.base = "http://127.0.0.1:" + port;
    }

    record Answer(HttpResponse<byte[]> response) {
        int status() {
            return response.statusCode();
        }

        byte[] body() {
            return response.body();
        }

        String text() {
            return new String(body(), UTF_8);
        }

        JsonNode json() {
            return JSON.readTree(body());
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    Answer send(String method, String path, String token, BodyPublisher body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(path.startsWith("http") ? path : base + path))
                .timeout(TIMEOUT)
                .method(method, body);
        if (!token.isEmpty()) {
            request.header("Authorization", token.contains(" ") ? token : "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return new Answer(client.send(request.build(), BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    Answer get(String path, String token, String... headers) {
        return send("GET", path, token, BodyPublishers.noBody(), headers);
    }

    Answer post(String path, String token, String json) {
        return send("POST", path, token, BodyPublishers.ofString(json), "Content-Type", "application/json");
    }

    /** The status of the readiness probe; 0 without a listener. */
    int readyStatus() {
        try {
            return get("/health/ready", "").status();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    /** An operator's session. */
    String logIn() {
        String credentials = Base64.getEncoder().encodeToString(("ann:" + ServerProcess.PASSWORD).getBytes(UTF_8));
        return post("/v1/admin/login", "Basic " + credentials, "")
                .json()
                .path("token")
                .asString();
    }

    String authToken(String session, String id, String tier) {
        return post("/v1/admin/auth-token", session, "{\"id\":\"%s\",\"tier\":\"%s\"}".formatted(id, tier))
                .json()
                .path("auth-token")
                .asString();
    }

    Answer upload(String session, String fileName, Sha256 sha256, BodyPublisher bytes) {
        String digest = "sha-256=:" + Base64.getEncoder().encodeToString(sha256.bytes()) + ":";
        return send("PUT", "/v1/admin/patches/" + fileName, session, bytes, "Repr-Digest", digest);
    }

    /** Enrols a machine and returns its token. */
    String enrol(String machine, String authToken) {
        return post(
                        "/v1/client/" + machine,
                        authToken,
                        "{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\"}")
                .json()
                .path("machine-token")
                .asString();
    }

    /** A check-in of a machine; its uptime identifies it. */
    Answer checkIn(String machine, String token, long uptime) {
        return post(
                "/v1/client/" + machine + "/updates",
                token,
                "{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\",\"uptime\":%d}".formatted(uptime));
    }
}
