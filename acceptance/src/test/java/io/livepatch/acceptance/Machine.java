package io.livepatch.acceptance;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A well-behaved machine. Each call opens a new connection, alternating between HTTP/1.1 and HTTP/2, as machines that poll hourly
 * do. A call with an unexpected answer throws. Not thread-safe.
 */
final class Machine {
    private static final String ARCHITECTURE = "amd64";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final URI server;
    private final SSLContext tls;
    private final String source;
    private final String authToken;
    private final String kernel;
    private String id = "";
    private String token = "";
    private URI signed = URI.create("");
    private String sha256 = "";
    private boolean http2;

    Machine(String server, SSLContext tls, String source, String authToken, String kernel) {
        this.server = URI.create(server);
        this.tls = tls;
        this.source = source;
        this.authToken = authToken;
        this.kernel = kernel;
    }

    /** All calls of a machine, in the order in which machines make them. */
    Map<String, RepeatedCalls.Call> allCalls() {
        Map<String, RepeatedCalls.Call> calls = new LinkedHashMap<>();
        calls.put("enrolment", this::enrol);
        calls.put("check-in", this::checkIn);
        calls.put("download", this::download);
        calls.put("kernels/supported", this::askForKernelSupport);
        calls.put("health/ready", this::askForReadiness);
        return calls;
    }

    /** Enrols as a new machine each time. */
    void enrol() throws IOException, InterruptedException {
        id = "honest-" + UUID.randomUUID();
        token = JSON.readTree(call(post("/v1/client/" + id, authToken)))
                .path("machine-token")
                .asString();
    }

    void checkIn() throws IOException, InterruptedException {
        JsonNode offer = JSON.readTree(call(post("/v1/client/" + id + "/updates", token)));
        signed = server.resolve(offer.path("url").asString());
        sha256 = offer.path("sha256").asString();
    }

    void download() throws IOException, InterruptedException {
        String got = PatchFetcher.sha256(call(HttpRequest.newBuilder(server.resolve(signedPath()))));
        if (!got.equals(sha256)) {
            throw new IOException("the patch has sha256 " + got + ", announced was " + sha256);
        }
    }

    void askForKernelSupport() throws IOException, InterruptedException {
        get("/v1/api/kernels/supported?kernel-version=5.15&flavour=generic&architecture=" + ARCHITECTURE);
    }

    void askForReadiness() throws IOException, InterruptedException {
        get("/health/ready");
    }

    /** Path and query of the URL that the last check-in gave. */
    String signedPath() {
        return signed.getRawPath() + (signed.getRawQuery() == null ? "" : "?" + signed.getRawQuery());
    }

    private void get(String path) throws IOException, InterruptedException {
        call(HttpRequest.newBuilder(server.resolve(path)));
    }

    private HttpRequest.Builder post(String path, String bearer) {
        return HttpRequest.newBuilder(server.resolve(path))
                .header("Authorization", "Bearer " + bearer)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"kernel\":\"%s\",\"architecture\":\"%s\"}".formatted(kernel, ARCHITECTURE)));
    }

    private byte[] call(HttpRequest.Builder request) throws IOException, InterruptedException {
        // HTTP/2 is negotiated by ALPN, which needs TLS.
        http2 = !http2 && "https".equals(server.getScheme());
        try (HttpCalls calls = new HttpCalls(tls, source, http2)) {
            return calls.bytes(request);
        }
    }
}
