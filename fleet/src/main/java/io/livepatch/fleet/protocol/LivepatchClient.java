package io.livepatch.fleet.protocol;

import io.livepatch.common.config.Secret;
import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A client of the livepatch server: enrol, check in, ping, download, leave.
 *
 * <p>Thread-safe if {@code random} is, and stateless: one instance serves any number of machines, which pass their
 * {@link Credentials}. Calls block and sleep between attempts as {@link CallPolicy} says. Every failure is a {@link LivepatchException}.
 */
public final class LivepatchClient {
    /** The names of the calls, for a {@link CallListener}. */
    public static final String ENROL = "enrol";

    public static final String LEAVE = "leave";
    public static final String INFO = "info";
    public static final String CHECK_IN = "check-in";
    public static final String PING = "ping";
    public static final String KERNEL_SUPPORT = "kernel-support";
    public static final String DOWNLOAD = "download";
    public static final String CA_CERTS = "ca-certs";

    /** No limit of the bytes per second. */
    public static final long UNLIMITED = LimitedBodyReader.UNLIMITED;

    private static final int MAX_ANSWER = 64 << 10;
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;

    private final HttpCalls httpCalls;
    private final CallPolicy callPolicy;
    private final Retrier retrier;

    /** What a machine gets when it enrols. */
    public record Enrolment(Credentials credentials, String tier) {}

    /**
     * The server's record of a machine; control characters are removed from its texts.
     *
     * @param lastCheckIn an ISO 8601 time
     */
    public record MachineInfo(String tier, Optional<String> enrolledAt, Optional<String> lastCheckIn) {}

    /**
     * A complete and verified patch on disk.
     *
     * @param patch the last offer; the renewal of an expired URL may have offered another patch
     */
    public record DownloadedPatch(OfferedPatch patch, Path file) {}

    /**
     * @param http must not follow redirects, since it would send the machine's token along
     */
    public LivepatchClient(
            ServerAddress server, HttpClient http, CallPolicy callPolicy, InstantSource clock, RandomGenerator random) {
        if (http.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException("the HTTP client follows redirects, expected Redirect.NEVER");
        }
        this(
                new HttpCalls(server, http, clock, CallLimiter.UNLIMITED, CallListener.NONE, false),
                callPolicy,
                new Retrier(callPolicy, random));
    }

    private LivepatchClient(HttpCalls httpCalls, CallPolicy callPolicy, Retrier retrier) {
        this.httpCalls = httpCalls;
        this.callPolicy = callPolicy;
        this.retrier = retrier;
    }

    /** A copy of this client that reports its calls to the listener. */
    public LivepatchClient withListener(CallListener listener) {
        return new LivepatchClient(httpCalls.withListener(listener), callPolicy, retrier);
    }

    /** A copy of this client that shares the limiter. */
    public LivepatchClient withLimiter(CallLimiter callLimiter) {
        return new LivepatchClient(httpCalls.withLimiter(callLimiter), callPolicy, retrier);
    }

    /**
     * A copy of this client that closes the connection after each request. Only for HTTP/1.1, and the system property
     * {@code jdk.httpclient.allowRestrictedHeaders} must contain {@code connection} before the first HTTP client is created.
     */
    public LivepatchClient closingConnections() {
        return new LivepatchClient(httpCalls.closingConnections(), callPolicy, retrier);
    }

    /** Creates an HTTP client for this class; the caller closes it. Without authorities it trusts those of the system. */
    public static HttpClient newHttpClient(Optional<CaBundle> authorities) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(10));
        authorities.map(CaBundle::sslContext).ifPresent(builder::sslContext);
        return builder.build();
    }

    /**
     * Enrols a machine with an auth token. Idempotent for the same key; with another key the server refuses (409) to enrol a machine that
     * is alive.
     *
     * @param key generated once for this machine, and kept
     */
    public Enrolment enrol(
            MachineId machine, Secret authToken, ClientKey key, Platform platform, String clientVersion) {
        URI uri = route("/v1/client/" + machine);
        JsonMessages.Enrol body =
                new JsonMessages.Enrol(platform.kernel().text(), platform.architecture(), clientVersion, key.reveal());
        return JsonMessages.read(
                uri,
                post(ENROL, uri, authToken, body),
                JsonMessages.Enrolled.class,
                enrolled -> enrolled.enrolment(machine));
    }

    /** Deletes a machine at the server. */
    public void leave(Credentials credentials) {
        URI uri = route("/v1/client/" + credentials.machine());
        call(LEAVE, uri, credentials.token(), HttpRequest.Builder::DELETE);
    }

    public MachineInfo info(Credentials credentials) {
        URI uri = route("/v1/client/" + credentials.machine() + "/info");
        return JsonMessages.read(
                uri,
                call(INFO, uri, credentials.token(), HttpRequest.Builder::GET),
                JsonMessages.Info.class,
                JsonMessages.Info::machineInfo);
    }

    /** Reports the state of a machine and requests its patch. The server has committed the report when this returns. */
    public CheckInAnswer checkIn(Credentials credentials, CheckInReport report) {
        URI uri = route("/v1/client/" + credentials.machine() + "/updates");
        HttpResponse<byte[]> answer = post(CHECK_IN, uri, credentials.token(), JsonMessages.Update.of(report));
        return answer.statusCode() == NO_CONTENT
                ? new CheckInAnswer.NothingToDo()
                : JsonMessages.read(
                        uri,
                        answer,
                        JsonMessages.Updated.class,
                        updated -> updated.answer(httpCalls.server(), report.platform()));
    }

    public void ping(Credentials credentials, Ping ping) {
        URI uri = route("/v1/client/" + credentials.machine() + "/pings");
        post(PING, uri, credentials.token(), JsonMessages.PingEvent.of(ping));
    }

    /** The server's support status of a kernel: {@code supported}, {@code unsupported}, {@code unknown}, …. */
    public String kernelSupport(Platform platform) {
        URI uri = route(
                "/v1/api/kernels/supported?kernel-version=%s&flavour=%s&architecture=%s&codename=&build-date=unknown"
                        .formatted(
                                urlEncode(platform.kernel().base()),
                                urlEncode(platform.kernel().flavour()),
                                urlEncode(platform.architecture())));
        HttpResponse<byte[]> answer =
                retry(KERNEL_SUPPORT, uri, request(uri).GET().build());
        return JsonMessages.read(uri, answer, JsonMessages.Support.class, JsonMessages.Support::text);
    }

    /**
     * The CA certificates that the server publishes for its machines, with the one of this connection among them; empty if it publishes
     * none. Not retried.
     *
     * @throws LivepatchException.InvalidAnswer if the machine must not trust them, or the connection is not encrypted
     */
    public Optional<CaBundle> publishedAuthorities() {
        URI uri = route("/v1/ca-certs");
        HttpResponse<byte[]> answer =
                send(CA_CERTS, httpCalls.request(uri).GET().build());
        if (answer.statusCode() == NOT_FOUND) {
            return Optional.empty();
        }
        if (answer.statusCode() != OK) {
            throw FailureTranslator.of(uri, answer, httpCalls.clock());
        }
        try {
            return Optional.of(PublishedAuthorities.of(answer, httpCalls.clock().instant()));
        } catch (IllegalArgumentException e) {
            throw new LivepatchException.InvalidAnswer(
                    "the response of '%s' is invalid: %s".formatted(uri.getPath(), e.getMessage()), e);
        }
    }

    /**
     * Downloads a patch into a directory, verifies it and moves it to its file name. Reuses a complete file or the partial file of an
     * earlier call.
     *
     * @param renew requests a fresh URL; called at most once, when the current one is refused as expired
     * @param progress gets the bytes on disk; called on the HTTP client's threads, one call at a time, and must not block
     */
    public DownloadedPatch download(
            OfferedPatch patch, Path directory, Supplier<CheckInAnswer> renew, LongConsumer progress) {
        Download download = new Download(httpCalls, retrier, callPolicy, progress, UNLIMITED);
        try {
            return new DownloadedPatch(patch, download.into(directory, patch));
        } catch (LivepatchException.Refused e) {
            if (e.status() == Download.FORBIDDEN && renew.get() instanceof CheckInAnswer.Apply(OfferedPatch renewed)) {
                return new DownloadedPatch(renewed, download.into(directory, renewed));
            }
            throw e;
        }
    }

    /** Downloads and verifies a patch without storing it. */
    public void verify(OfferedPatch patch, long bytesPerSecond) {
        new Download(httpCalls, retrier, callPolicy, received -> {}, bytesPerSecond).verify(patch);
    }

    /** Sends a request once and returns the response, whatever its status. */
    public HttpResponse<byte[]> send(String call, HttpRequest request) {
        return httpCalls.send(call, request, MAX_ANSWER, callPolicy.answer());
    }

    private URI route(String path) {
        return httpCalls.server().route(path);
    }

    private static String urlEncode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private HttpResponse<byte[]> post(String call, URI uri, Secret token, Object body) {
        byte[] json = JsonMessages.JSON.writeValueAsBytes(body);
        return call(
                call,
                uri,
                token,
                request -> request.header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(json)));
    }

    private HttpResponse<byte[]> call(
            String call, URI uri, Secret token, Function<HttpRequest.Builder, HttpRequest.Builder> method) {
        HttpRequest.Builder request = request(uri).header("Authorization", "Bearer " + token.reveal());
        return retry(call, uri, method.apply(request).build());
    }

    private HttpRequest.Builder request(URI uri) {
        return httpCalls.request(uri).header("Accept", "application/json, application/problem+json");
    }

    private HttpResponse<byte[]> retry(String call, URI uri, HttpRequest request) {
        return retrier.get(() -> {
            HttpResponse<byte[]> answer = send(call, request);
            if (answer.statusCode() / 100 != 2) {
                throw FailureTranslator.of(uri, answer, httpCalls.clock());
            }
            return answer;
        });
    }
}
