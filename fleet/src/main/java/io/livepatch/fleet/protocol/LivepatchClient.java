package io.livepatch.fleet.protocol;

import io.livepatch.common.config.Secret;
import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.protocol.OfferedPatch.PatchName;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
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
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The client protocol of a livepatch server: enrol, check in, ping, download, leave.
 *
 * <p>Thread-safe if {@code random} is, and without state of its own: one object serves any number of machines, each of which
 * brings its {@link Credentials}. Calls block, sleep between attempts as {@link CallPolicy} says, and suit virtual threads.
 * Every failure is a {@link LivepatchException}.
 */
public final class LivepatchClient {
    /** What a call is, to an {@link CallListener}. */
    public static final String ENROL = "enrol";

    public static final String LEAVE = "leave";
    public static final String INFO = "info";
    public static final String CHECK_IN = "check-in";
    public static final String PING = "ping";
    public static final String KERNEL_SUPPORT = "kernel-support";
    public static final String DOWNLOAD = "download";

    /** As fast as it comes. */
    public static final long UNLIMITED = LimitedBodyReader.UNLIMITED;

    private static final int MAX_ANSWER = 64 << 10;
    private static final int NO_CONTENT = 204;

    private final ServerAddress server;
    private final CallPolicy callPolicy;
    private final InstantSource clock;
    private final HttpCalls httpCalls;
    private final Requests requests;
    private final Retrier retrier;

    /**
     * @param http must not follow redirects by itself, since it would do so with the machine's token
     */
    public LivepatchClient(
            ServerAddress server, HttpClient http, CallPolicy callPolicy, InstantSource clock, RandomGenerator random) {
        if (http.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException("the HTTP client follows redirects, expected Redirect.NEVER");
        }
        this(
                server,
                callPolicy,
                clock,
                new HttpCalls(server, http, clock, CallLimiter.UNLIMITED, CallListener.SILENT),
                new Requests(false),
                new Retrier(callPolicy, random));
    }

    private LivepatchClient(
            ServerAddress server,
            CallPolicy callPolicy,
            InstantSource clock,
            HttpCalls httpCalls,
            Requests requests,
            Retrier retrier) {
        this.server = server;
        this.callPolicy = callPolicy;
        this.clock = clock;
        this.httpCalls = httpCalls;
        this.requests = requests;
        this.retrier = retrier;
    }

    /** The same client, which reports each of its calls to this listener. */
    public LivepatchClient heardBy(CallListener listener) {
        return new LivepatchClient(server, callPolicy, clock, httpCalls.heardBy(listener), requests, retrier);
    }

    /** The same client, whose calls wait while too many are in flight. */
    public LivepatchClient sharing(CallLimiter concurrencyLimiter) {
        return new LivepatchClient(server, callPolicy, clock, httpCalls.sharing(concurrencyLimiter), requests, retrier);
    }

    /**
     * The same client, each request of which is the last one on its connection. Only for HTTP/1.1, and the system property
     * {@code jdk.httpclient.allowRestrictedHeaders} must hold {@code connection} before the first HTTP client is made.
     */
    public LivepatchClient closing() {
        return new LivepatchClient(server, callPolicy, clock, httpCalls, new Requests(true), retrier);
    }

    /** An HTTP client as this class wants it; the caller closes it. Without authorities it trusts those of the system. */
    public static HttpClient newHttpClient(Optional<CaBundle> authorities) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(10));
        authorities.map(CaBundle::sslContext).ifPresent(builder::sslContext);
        return builder.build();
    }

    /**
     * Enrols a machine with an auth token. Doing so again with the same key is harmless and gives the same answer; without it the server
     * refuses (409) to enrol a machine that is alive.
     *
     * @param key what this client made once for this machine, and keeps
     */
    public Enrolment enrol(
            MachineId machine, Secret authToken, ClientKey key, Platform platform, String clientVersion) {
        URI uri = server.route("/v1/client/" + machine);
        JsonMessages.Enrol body =
                new JsonMessages.Enrol(platform.kernel().text(), platform.architecture(), clientVersion, key.reveal());
        JsonMessages.Enrolled enrolled = read(uri, post(ENROL, uri, authToken, body), JsonMessages.Enrolled.class);
        return valid(
                uri,
                () -> new Enrolment(
                        new Credentials(machine, Credentials.token(present("machine-token", enrolled.machineToken()))),
                        InputSyntax.quotable(present("tier", enrolled.tier()), 64)));
    }

    /** Takes a machine out of the server's books. */
    public void leave(Credentials credentials) {
        URI uri = server.route("/v1/client/" + credentials.machine());
        call(LEAVE, uri, credentials.token(), HttpRequest.Builder::DELETE);
    }

    /** What the server knows of a machine. */
    public MachineInfo info(Credentials credentials) {
        URI uri = server.route("/v1/client/" + credentials.machine() + "/info");
        JsonMessages.Info info =
                read(uri, call(INFO, uri, credentials.token(), HttpRequest.Builder::GET), JsonMessages.Info.class);
        return valid(
                uri,
                () -> new MachineInfo(
                        InputSyntax.quotable(present("tier", info.tier()), 64),
                        Optional.ofNullable(info.enrolledAt()).map(text -> InputSyntax.quotable(text, 64)),
                        Optional.ofNullable(info.lastCheckIn()).map(text -> InputSyntax.quotable(text, 64))));
    }

    /** Reports how a machine stands, and asks what it should run. The report is committed when this returns. */
    public CheckInAnswer checkIn(Credentials credentials, CheckInReport report) {
        URI uri = server.route("/v1/client/" + credentials.machine() + "/updates");
        HttpResponse<byte[]> answer = post(CHECK_IN, uri, credentials.token(), JsonMessages.Update.of(report));
        if (answer.statusCode() == NO_CONTENT) {
            return new CheckInAnswer.NothingToDo();
        }
        JsonMessages.Updated updated = read(uri, answer, JsonMessages.Updated.class);
        return valid(uri, () -> answer(updated, report.platform()));
    }

    /** Tells the server what happens around an insertion. */
    public void ping(Credentials credentials, Ping ping) {
        URI uri = server.route("/v1/client/" + credentials.machine() + "/pings");
        post(PING, uri, credentials.token(), JsonMessages.PingEvent.of(ping));
    }

    /** What the server says of support for a kernel: {@code supported}, {@code unsupported}, {@code unknown}, …. */
    public String kernelSupport(Platform platform) {
        URI uri = server.route(
                "/v1/api/kernels/supported?kernel-version=%s&flavour=%s&architecture=%s&codename=&build-date=unknown"
                        .formatted(
                                query(platform.kernel().base()),
                                query(platform.kernel().flavour()),
                                query(platform.architecture())));
        HttpResponse<byte[]> answer =
                attempts(KERNEL_SUPPORT, uri, request(uri).GET().build());
        JsonMessages.Support support = read(uri, answer, JsonMessages.Support.class);
        return valid(uri, () -> InputSyntax.quotable(present("Supported", support.supported()), 64));
    }

    private static String query(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /**
     * Brings a patch into a directory, whole and verified, under its own name. What an earlier call left there is used: the
     * patch itself, or the first part of it.
     *
     * @param again asks the server for a fresh URL; called at most once, when the one at hand is refused as expired
     */
    public DownloadedPatch download(
            OfferedPatch patch, Path directory, Supplier<CheckInAnswer> again, DownloadListener listener) {
        Download download = download(listener, LimitedBodyReader.UNLIMITED);
        try {
            return new DownloadedPatch(patch, download.into(directory, patch));
        } catch (LivepatchException.Refused e) {
            if (e.status() == Download.FORBIDDEN && again.get() instanceof CheckInAnswer.Apply(OfferedPatch renewed)) {
                return new DownloadedPatch(renewed, download.into(directory, renewed));
            }
            throw e;
        }
    }

    /** Fetches every byte of a patch to see whether they are those that were announced, no faster than that, and keeps none. */
    public void verify(OfferedPatch patch, long bytesPerSecond) {
        download(DownloadListener.SILENT, bytesPerSecond).intoNothing(patch);
    }

    /** Sends a request as it is, once. Every answer of the server is a result, also one with an error status. */
    public HttpResponse<byte[]> send(String call, HttpRequest request) {
        return httpCalls.send(call, request, MAX_ANSWER, callPolicy.answer());
    }

    private Download download(DownloadListener listener, long bytesPerSecond) {
        return new Download(server, httpCalls, requests, retrier, callPolicy, clock, listener, bytesPerSecond);
    }

    private CheckInAnswer answer(JsonMessages.Updated updated, Platform platform) {
        PatchVersion version = new PatchVersion(present("version", updated.version()));
        String action = present("action", updated.action());
        return switch (action) {
            case "apply" -> new CheckInAnswer.Apply(offer(updated, version, platform));
            case "unapply" ->
                new CheckInAnswer.Unapply(version, InputSyntax.quotable(present("reason", updated.reason()), 500));
            default ->
                throw new IllegalArgumentException(
                        "unknown action '%s', expected apply or unapply".formatted(InputSyntax.quotable(action, 40)));
        };
    }

    private OfferedPatch offer(JsonMessages.Updated updated, PatchVersion version, Platform platform) {
        PatchName name = new PatchName(present("filename", updated.filename()));
        if (!name.names(platform, version)) {
            throw new IllegalArgumentException("patch '%s' is not version %s for this machine's kernel '%s'"
                    .formatted(name, version, platform.kernel()));
        }
        URI url = server.accept(URI.create(present("url", updated.url())));
        return new OfferedPatch(
                name, version, present("sha256", updated.sha256()), present("size", updated.size()), url);
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
        return attempts(
                call,
                uri,
                method.apply(request(uri).header("Authorization", "Bearer " + token.reveal()))
                        .build());
    }

    private HttpRequest.Builder request(URI uri) {
        return requests.to(uri).header("Accept", "application/json, application/problem+json");
    }

    private HttpResponse<byte[]> attempts(String call, URI uri, HttpRequest request) {
        return retrier.get(() -> {
            HttpResponse<byte[]> answer = httpCalls.send(call, request, MAX_ANSWER, callPolicy.answer());
            if (answer.statusCode() / 100 != 2) {
                throw FailureTranslator.of(uri, answer, clock);
            }
            return answer;
        });
    }

    private static <T> T read(URI uri, HttpResponse<byte[]> answer, Class<T> kind) {
        try {
            @Nullable T body = JsonMessages.JSON.readValue(answer.body(), kind);
            if (body != null) {
                return body;
            }
        } catch (JacksonException e) {
            throw new LivepatchException.InvalidAnswer(
                    "'%s' answered with something that is not the JSON expected".formatted(uri.getPath()), e);
        }
        throw new LivepatchException.InvalidAnswer("'%s' answered with 'null'".formatted(uri.getPath()), null);
    }

    private static <T> T valid(URI uri, Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            throw new LivepatchException.InvalidAnswer(
                    "'%s' answered wrongly: %s".formatted(uri.getPath(), e.getMessage()), e);
        }
    }

    private static <T> T present(String key, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("'" + key + "' is missing");
        }
        return value;
    }
}
