package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.json.JsonMapper;

/** A client of a unit's admin API with a fixed source address. Each call opens a new connection. */
final class Administrator {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String unit;
    private final String source;
    private final String password;
    private volatile String session = "";

    Administrator(String unit, String source, String password) {
        this.unit = unit;
        this.source = source;
        this.password = password;
    }

    void logIn() throws IOException, InterruptedException {
        String credentials = Base64.getEncoder().encodeToString(("admin:" + password).getBytes(UTF_8));
        byte[] answer = call(HttpRequest.newBuilder(URI.create(unit + "/v1/admin/login"))
                .header("Authorization", "Basic " + credentials)
                .POST(BodyPublishers.noBody()));
        session = JSON.readTree(answer).path("token").asString();
    }

    void listTiers() throws IOException, InterruptedException {
        call(request("/v1/admin/tiers"));
    }

    String issueAuthToken(String tier) throws IOException, InterruptedException {
        byte[] answer = call(request("/v1/admin/auth-token")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"id\":\"t-%s\",\"tier\":\"%s\"}".formatted(UUID.randomUUID(), tier))));
        return JSON.readTree(answer).path("auth-token").asString();
    }

    void addPatch(String name, byte[] bytes, String base64Sha256) throws IOException, InterruptedException {
        call(request("/v1/admin/patches/" + name)
                .header("Repr-Digest", "sha-256=:" + base64Sha256 + ":")
                .header("Content-Type", "application/x-bzip2")
                .PUT(BodyPublishers.ofByteArray(bytes)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(unit + path)).header("Authorization", "Bearer " + session);
    }

    private byte[] call(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpCalls calls = new HttpCalls(SSLContext.getDefault(), source, false)) {
            return calls.bytes(request);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
