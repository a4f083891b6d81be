package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.storage.PatchName;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** A client of one server's admin routes. Failures are {@link AdminException}s with the detail of the server's problem document. */
final class AdminApi {
    private static final int PAGE = 1000;
    static final JsonMapper JSON = JsonMapper.builder().build();

    private static final long MAX_ANSWER = 16 << 20;
    private static final Pattern LABEL = Pattern.compile("(?!\\.+$)[A-Za-z0-9._-]{1,64}");
    private static final int CREATED = 201;
    private static final int UNAUTHORIZED = 401;
    private static final int CONFLICT = 409;
    /** Answers of a server that is starting or stopping, and of a load balancer without one that is ready. */
    private static final Set<Integer> TEMPORARY = Set.of(502, 503, 504);

    private final ServerUrl server;
    private final HttpClient http;
    private final String authorization;
    private final Duration responseTimeout;
    private volatile Optional<SeenBy> seenBy = Optional.empty();

    AdminApi(ServerUrl server, HttpClient http, String authorization, Duration responseTimeout) {
        this.server = server;
        this.http = http;
        this.authorization = authorization;
        this.responseTimeout = responseTimeout;
    }

    /**
     * The result of an upload.
     *
     * @param created false if the server had the patch already
     * @param patch the server's description
     */
    record Uploaded(boolean created, JsonNode patch) {}

    JsonNode get(String path) {
        return send(request(path).GET().build());
    }

    /**
     * All pages of a listing.
     *
     * @param member of a page that holds its entries
     * @param filters query parameters; those that are empty are left out
     */
    ArrayNode list(String path, String member, Map<String, Optional<String>> filters) {
        ArrayNode entries = JSON.createArrayNode();
        Map<String, Optional<String>> query = new HashMap<>(filters);
        query.put("limit", Optional.of(String.valueOf(PAGE)));
        Optional<String> after = Optional.empty();
        do {
            query.put("after", after);
            JsonNode page = get(path + query(query));
            page.path(member).forEach(entries::add);
            Optional<String> next = Optional.of(page.path("next").asString("")).filter(text -> !text.isEmpty());
            // A server that repeats a page would make this loop endless.
            after = next.equals(after) ? Optional.empty() : next;
        } while (after.isPresent());
        return entries;
    }

    JsonNode post(String path, JsonNode body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build());
    }

    JsonNode put(String path, JsonNode body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build());
    }

    /** Which units have the last change; empty if nothing was changed. */
    Optional<SeenBy> seenBy() {
        return seenBy;
    }

    /** Requests which units have all changes so far. Needed after concurrent changes: the last answer may name an older revision. */
    void refreshSeenBy() {
        try {
            get("/units");
        } catch (AdminException e) {
            // The changes are committed; only the state of the units is unknown.
            seenBy = Optional.of(SeenBy.UNKNOWN);
        }
    }

    JsonNode delete(String path) {
        return send(request(path).DELETE().build());
    }

    /**
     * Uploads a file with {@code Expect: 100-continue}: a refusal costs no bytes.
     *
     * <p>If the connection fails while bytes are sent, the file is sent once more without {@code Expect: 100-continue}: with it the JDK's
     * client (25) loses an answer that comes before the end of the body when the server then closes ("header parser received no bytes");
     * without it the client reads that answer. The upload is idempotent: the same name and digest again change nothing.
     */
    Uploaded upload(Upload upload) {
        HttpRequest request = request(upload, true);
        HttpResponse<byte[]> answer;
        try {
            answer = exchange(request, upload::sent);
        } catch (AdminException e) {
            if (!(e.getCause() instanceof IOException) || upload.sent() == 0) {
                throw e;
            }
            answer = exchange(request(upload, false), upload::sent);
        }
        check(request.uri(), answer);
        return new Uploaded(answer.statusCode() == CREATED, json(request.uri(), answer));
    }

    private HttpRequest request(Upload upload, boolean expectContinue) {
        return request(upload.path())
                .header("Content-Type", "application/x-bzip2")
                .header("Repr-Digest", upload.digestField())
                // A command that uploads many files waits for the units once, at the end.
                .header("Prefer", "wait=0")
                .expectContinue(expectContinue)
                .PUT(upload.body())
                .build();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.route(path))
                .header("Authorization", authorization)
                .header("Accept", "application/json, application/problem+json");
    }

    private JsonNode send(HttpRequest request) {
        HttpResponse<byte[]> answer = exchange(request, () -> 0);
        check(request.uri(), answer);
        return json(request.uri(), answer);
    }

    private static JsonNode json(URI uri, HttpResponse<byte[]> answer) {
        try {
            return answer.body().length == 0 ? JSON.createObjectNode() : JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw AdminException.refused(
                    "'%s' answered with something that is not JSON, is that a livepatch server?".formatted(uri));
        }
    }

    /** Waits until the answer arrives, or no byte was sent for the response timeout. */
    private HttpResponse<byte[]> exchange(HttpRequest request, LongSupplier progress) {
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER));
        try {
            for (long before = -1; before != progress.getAsLong(); ) {
                before = progress.getAsLong();
                try {
                    return answer.get(responseTimeout.toNanos(), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    // The loop ends if no byte was sent meanwhile.
                }
            }
            throw AdminException.unreachable(
                    "'%s' did not answer within %d ms, try again".formatted(server, responseTimeout.toMillis()), null);
        } catch (ExecutionException e) {
            throw failure(Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw AdminException.unreachable("interrupted while waiting for '" + server + "'", e);
        } finally {
            answer.cancel(true);
        }
    }

    private AdminException failure(Throwable cause) {
        boolean untrusted = Stream.iterate(cause, Objects::nonNull, Throwable::getCause)
                .limit(20)
                .anyMatch(GeneralSecurityException.class::isInstance);
        if (untrusted) {
            return AdminException.unreachable(
                    "the certificate of '%s' is not trusted (%s): pass --ca FILE or set LIVEPATCH_CA_CRT"
                            .formatted(server, cause.getMessage()),
                    cause);
        }
        if (cause instanceof ConnectException) {
            return AdminException.unreachable(
                    "no connection to '%s': is it running, and is the URL right?".formatted(server), cause);
        }
        if (cause instanceof IOException) {
            return AdminException.unreachable(
                    "connection to '%s' failed: %s".formatted(server, cause.getMessage()), cause);
        }
        throw new IllegalStateException("request to '" + server + "' failed", cause);
    }

    private void check(URI uri, HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        if (status / 100 == 2) {
            SeenBy.of(answer.headers()).ifPresent(now -> seenBy = Optional.of(now));
            return;
        }
        if (status == UNAUTHORIZED && authorization.startsWith("Bearer ")) {
            throw AdminException.loggedOut();
        }
        String detail = detail(answer.body());
        if (TEMPORARY.contains(status)) {
            throw AdminException.temporarilyRefused(
                    "%s (%d), try again".formatted(detail.isEmpty() ? "'" + uri + "' is unavailable" : detail, status));
        }
        if (status / 100 == 3 || detail.isEmpty()) {
            throw AdminException.refused(
                    "'%s' answered with status %d and no reason, is that a livepatch server?".formatted(uri, status));
        }
        if (status == CONFLICT) {
            throw AdminException.conflict("%s (%d)".formatted(detail, status));
        }
        throw status >= 500 && status != 507
                ? AdminException.refused("%s (%d), try again".formatted(detail, status))
                : AdminException.refused("%s (%d)".formatted(detail, status));
    }

    /** The detail of a problem document (RFC 9457), else its title; empty for any other body. */
    private static String detail(byte[] body) {
        try {
            JsonNode problem = JSON.readTree(body);
            String detail = problem.path("detail").asString("");
            return TerminalText.printable(
                    detail.isEmpty() ? problem.path("title").asString("") : detail);
        } catch (JacksonException e) {
            return "";
        }
    }

    private static String query(Map<String, Optional<String>> parameters) {
        return parameters.entrySet().stream()
                .filter(entry -> entry.getValue().isPresent())
                .map(entry -> entry.getKey() + "="
                        + URLEncoder.encode(entry.getValue().orElseThrow(), UTF_8))
                .sorted()
                .collect(Collectors.joining("&", "?", ""));
    }

    /** Checks an id that becomes a segment of a path. */
    static String label(String text) {
        if (!LABEL.matcher(text).matches()) {
            throw AdminException.usage("'%s' is no id, expected 1 to 64 letters, digits, '.', '_' and '-'"
                    .formatted(TerminalText.printable(text)));
        }
        return text;
    }

    static String path(PatchName name) {
        return "/patches/" + name.fileName();
    }
}
