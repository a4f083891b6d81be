package io.livepatch.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import tools.jackson.databind.json.JsonMapper;

/** A machine that is enrolled at one unit and downloads patches from any unit. */
final class PatchFetcher {
    private static final String MACHINE = """
            {"kernel":"5.15.0-107.117-generic","architecture":"amd64","client-version":"acceptance"}""";

    private final HttpClient client = HttpClient.newHttpClient();
    private final String token;

    PatchFetcher(String unit, String authToken) {
        HttpResponse<byte[]> enrolled = send(HttpRequest.newBuilder(URI.create(unit + "/v1/client/acceptance"))
                .header("Authorization", "Bearer " + authToken)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(MACHINE)));
        this.token = JsonMapper.builder()
                .build()
                .readTree(enrolled.body())
                .path("machine-token")
                .asString();
    }

    /** Downloads the patch and returns its SHA-256. */
    String sha256(String unit, String patch) {
        HttpResponse<byte[]> answer = send(HttpRequest.newBuilder(URI.create(unit + "/v1/patches/" + patch))
                .header("Authorization", "Bearer " + token));
        if (answer.statusCode() != 200) {
            throw new AssertionError(unit + " answered " + answer.statusCode() + ": "
                    + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return sha256(answer.body());
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
