package io.livepatch.fleet.protocol;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.json;
import static io.livepatch.fleet.ScriptedServer.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.fleet.protocol.CheckInReport.PatchReport;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import io.livepatch.testing.KernelNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LivepatchClientTest {
    static final List<String> OF_DISTRIBUTIONS = KernelNames.OF_DISTRIBUTIONS;
    static final List<String> REFUSED = KernelNames.REFUSED;

    private static final CheckInReport REPORT = CheckInReport.of(Samples.PLATFORM, "0.1.0");

    @RegisterExtension
    final ClientFixture fixture = new ClientFixture();

    private final ScriptedServer server = fixture.server();

    private LivepatchClient client() {
        return fixture.client(Samples.QUICK);
    }

    @Test
    void enrolmentSendsTheAuthTokenAndReturnsTheMachineToken() {
        server.reply(json("{\"machine-token\":\"abc\",\"tier\":\"stable\",\"more\":1}"));

        ClientKey key = new ClientKey("k".repeat(43));
        LivepatchClient.Enrolment enrolment =
                client().enrol(new MachineId("m-1"), new Secret("auth-token"), key, Samples.PLATFORM, "0.1.0");

        assertThat(enrolment.credentials().token().reveal()).isEqualTo("abc");
        assertThat(enrolment.tier()).isEqualTo("stable");
        assertThat(enrolment.toString()).doesNotContain("abc");
        ScriptedServer.Request request = server.lastRequest();
        assertThat(request.method() + " " + request.target()).isEqualTo("POST /v1/client/m-1");
        assertThat(request.header("Authorization")).contains("Bearer auth-token");
        assertThat(request.body())
                .isEqualTo(
                        "{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\",\"client-version\":\"0.1.0\","
                                + "\"enrolment-key\":\"" + key.reveal() + "\"}");
    }

    @Test
    void enrolmentKeysAreRandomOrDerivedAndNeverPrinted() {
        ClientKey key = ClientKey.generate();
        ClientKey derived = ClientKey.derive(new Secret("auth"), new MachineId("m-1"));

        assertThat(key.reveal()).hasSize(43).isNotEqualTo(ClientKey.generate().reveal());
        assertThat(derived).isEqualTo(ClientKey.derive(new Secret("auth"), new MachineId("m-1")));
        assertThat(derived).isNotEqualTo(ClientKey.derive(new Secret("auth"), new MachineId("m-2")));
        assertThat(derived).isNotEqualTo(ClientKey.derive(new Secret("other"), new MachineId("m-1")));
        assertThat(key + "" + derived).isEqualTo("******");
    }

    @Test
    void checkInSendsAllFacts() {
        server.reply(answer(204, ""));

        CheckInAnswer checkInAnswer = client().checkIn(
                        Samples.CREDENTIALS,
                        new CheckInReport(
                                Samples.PLATFORM,
                                "0.1.0",
                                Optional.of("A CPU"),
                                Optional.of(Instant.EPOCH),
                                Optional.of(Duration.ofMinutes(2)),
                                Optional.of(new PatchReport(Samples.VERSION, PatchState.APPLY_FAILED))));

        assertThat(checkInAnswer).isEqualTo(new CheckInAnswer.NothingToDo());
        assertThat(server.lastRequest().target()).isEqualTo("/v1/client/machine-1/updates");
        assertThat(server.lastRequest().body())
                .isEqualTo(
                        "{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\",\"client-version\":\"0.1.0\","
                                + "\"cpu-model\":\"A CPU\",\"boot-time\":\"1970-01-01T00:00:00Z\",\"uptime\":120,"
                                + "\"patch\":{\"version\":\"107.1\",\"state\":\"apply-failed\"}}");
    }

    @Test
    void offerIsParsed() {
        byte[] bytes = Samples.bytes(10);
        server.reply(json(Samples.applyJson(bytes, server.uri("/p?signature=s"))));

        assertThat(client().checkIn(Samples.CREDENTIALS, REPORT))
                .isEqualTo(new CheckInAnswer.Apply(Samples.offer(bytes, server.uri("/p?signature=s"))));
    }

    @Test
    void relativeUrlLeadsToTheServer() {
        byte[] bytes = Samples.bytes(10);
        server.reply(json(Samples.applyJson(bytes, URI.create("/v1/patches/p?signature=s"))));

        assertThat(client().checkIn(Samples.CREDENTIALS, REPORT))
                .isEqualTo(new CheckInAnswer.Apply(Samples.offer(bytes, server.uri("/v1/patches/p?signature=s"))));
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/patches/p?signature=s, https://lp.example.com:8443/v1/patches/p?signature=s",
        "//cache.example.com/p, https://cache.example.com/p",
        "http://cache.example.com/p, http://cache.example.com/p",
    })
    void referencesAreResolvedAgainstTheServer(String reference, String url) {
        ServerAddress address = ServerAddress.parse("https://lp.example.com:8443/prefix/", false);

        assertThat(address.resolve(reference)).isEqualTo(URI.create(url));
    }

    @Test
    void malformedUrlIsNotQuotedSinceItMayHoldASignature() {
        server.reply(json(Samples.applyJson(Samples.bytes(10), server.uri("/p"))
                .replaceAll("\"url\":\"[^\"]*\"", "\"url\":\"/a b?signature=secret\"")));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .hasMessageContaining("'url' is not a URL")
                .hasMessageNotContaining("secret");
    }

    @Test
    void withdrawalIsParsedWithoutControlCharacters() {
        server.reply(json("{\"action\":\"unapply\",\"version\":\"107.1\",\"reason\":\"bad\\u001b[2Jnews\"}"));

        assertThat(client().checkIn(Samples.CREDENTIALS, REPORT))
                .isEqualTo(new CheckInAnswer.Unapply(Samples.VERSION, "bad?[2Jnews"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "filename | ../../etc/passwd",
                "filename | livepatch-6.8.0-1.1-generic-107.1-amd64.tar.bz2",
                "filename | livepatch-5.15.0-107.117-generic-107.2-amd64.tar.bz2",
                "version | 107.1.1.1.1",
                "sha256 | ABC",
                "url | ftp://localhost/x",
                "url | https://user:pass@localhost/x",
                "url | /with space?signature=secret",
                "url | mailto:x",
                "action | explode",
            })
    void invalidOfferIsRefused(String key, String value) {
        String good = Samples.applyJson(Samples.bytes(10), server.uri("/p"));
        server.reply(json(good.replaceAll("\"" + key + "\":\"[^\"]*\"", "\"" + key + "\":\"" + value + "\"")));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOf(LivepatchException.InvalidAnswer.class);
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{\"action\":\"apply\"}", "<html>"})
    void invalidJsonIsRefused(String body) {
        server.reply(json(body));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOf(LivepatchException.InvalidAnswer.class);
    }

    @Test
    void tooLargeResponseIsRefused() {
        server.reply(json("[" + "1,".repeat(1 << 20) + "1]"));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOf(LivepatchException.InvalidAnswer.class)
                .hasMessageContaining("65536");
    }

    @Test
    void httpsClientRefusesAnOfferOverHttp() {
        ServerAddress https = ServerAddress.parse("https://localhost:1", false);

        assertThatThrownBy(() -> https.accept(server.uri("/p"))).hasMessageContaining("is not https");
        assertThatThrownBy(() -> ServerAddress.parse("http://localhost", false)).hasMessageContaining("--allow-http");
    }

    @ParameterizedTest
    @CsvSource({"400", "401", "403", "404", "409", "413"})
    void refusalIsNotRetriedAndQuotesTheServer(int status) {
        server.reply(problem(status, "say something else"));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOfSatisfying(
                        LivepatchException.Refused.class,
                        e -> assertThat(e.status()).isEqualTo(status))
                .hasMessageContaining("say something else")
                .message()
                .doesNotContain("machine-token");
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"429", "500", "503"})
    void transientFailureIsRetried(int status) {
        server.reply(problem(status, "busy", "Retry-After: 0"), answer(204, ""));

        assertThat(client().checkIn(Samples.CREDENTIALS, REPORT)).isEqualTo(new CheckInAnswer.NothingToDo());
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void attemptsAreBounded() {
        server.reply(problem(503, "the database is away"));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOf(LivepatchException.Unreachable.class)
                .hasMessageContaining("the database is away");
        assertThat(server.requests()).hasSize(Samples.QUICK.attempts());
    }

    @Test
    void tooLongRetryAfterEndsTheAttempts() {
        server.reply(problem(503, "draining", "Retry-After: 120"));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOfSatisfying(
                        LivepatchException.Unreachable.class,
                        e -> assertThat(e.retryAfter()).contains(Duration.ofMinutes(2)))
                .hasMessageContaining("120 s");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void pauseIsRetryAfterPlusJitter() {
        Retrier retrier = new Retrier(CallPolicy.DEFAULT, new Random(1));

        for (int i = 0; i < 1000; i++) {
            assertThat(retrier.pause(Optional.of(Duration.ofSeconds(8)), 1))
                    .isBetween(Duration.ofSeconds(8), Duration.ofMillis(10_500));
            assertThat(retrier.pause(Optional.empty(), 1)).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
            assertThat(retrier.pause(Optional.empty(), 1000)).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));
        }
    }

    /** Retries of machines that were refused at the same time are spread, and each further retry more widely. */
    @Test
    void retriesOfManyMachinesAreSpread() {
        Retrier retrier = new Retrier(CallPolicy.DEFAULT, new Random(7));

        assertThat(busiestTenthOfASecond(retrier, 1)).isBetween(300, 700);
        assertThat(busiestTenthOfASecond(retrier, 4)).isBetween(120, 300);
    }

    /** The maximum number of retries within 100 ms, of 10,000 machines with the same Retry-After of 5 s. */
    private static int busiestTenthOfASecond(Retrier retrier, int attempts) {
        Map<Long, Integer> moments = new HashMap<>();
        for (int machine = 0; machine < 10_000; machine++) {
            Duration pause = retrier.pause(Optional.of(Duration.ofSeconds(5)), attempts);
            assertThat(pause).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
            moments.merge(pause.toMillis() / 100, 1, Integer::sum);
        }
        return moments.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    }

    @Test
    void listenerGetsEveryAttempt() {
        server.reply(
                problem(503, "draining", "Retry-After: 0", "X-Livepatch-Unit: livepatch-1"),
                (request, out) -> {},
                answer(204, "", "X-Livepatch-Unit: livepatch-0"),
                answer(204, ""));
        List<String> attempts = new ArrayList<>();
        LivepatchClient client = client().withListener(attempt -> attempts.add(
                switch (attempt) {
                    case CallListener.Attempt.Answered answered ->
                        "%s %d %s %s"
                                .formatted(
                                        answered.call(),
                                        answered.status(),
                                        answered.responder(),
                                        answered.retryAfter());
                    case CallListener.Attempt.Held held -> held.call() + " held";
                    case CallListener.Attempt.Failed failure ->
                        failure.call() + " " + failure.cause().kind();
                }));

        client.checkIn(Samples.CREDENTIALS, REPORT);
        client.leave(Samples.CREDENTIALS);

        assertThat(attempts)
                .containsExactly(
                        "check-in 503 Unit[name=livepatch-1] Optional[PT0S]",
                        "check-in connection reset",
                        "check-in 204 Unit[name=livepatch-0] Optional.empty",
                        "leave 204 Server[] Optional.empty");
    }

    @Test
    void responderOfAnotherHostIsNotTheServer() {
        server.reply(answer(200, ""), answer(200, "", "X-Livepatch-Unit: livepatch-0"));
        List<CallListener.Responder> responders = new ArrayList<>();
        LivepatchClient client = fixture.client(
                        "http://127.0.0.1:" + server.uri("").getPort(), Samples.QUICK)
                .withListener(attempt -> responders.add(((CallListener.Attempt.Answered) attempt).responder()));

        HttpRequest store = HttpRequest.newBuilder(server.uri("/store")).build();
        client.send("download", store);
        client.send("download", store);

        assertThat(responders)
                .containsExactly(
                        new CallListener.Responder.Other(server.uri("").getAuthority()),
                        new CallListener.Responder.Unit("livepatch-0"));
    }

    @Test
    void onlyWhenAskedRetriesOnlyAfterRetryAfter() {
        CallPolicy callPolicy = new CallPolicy(
                3,
                Duration.ofMillis(1),
                Duration.ofMillis(50),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(60),
                true);
        server.reply(problem(503, "full", "Retry-After: 0"), problem(500, "broken"), answer(204, ""));

        assertThatThrownBy(() -> fixture.client(callPolicy).checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOfSatisfying(
                        LivepatchException.Unreachable.class,
                        e -> assertThat(e.kind()).isEqualTo("status 500"));
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void refusedConnectionIsUnreachable() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        assertThatThrownBy(() -> fixture.client("http://127.0.0.1:" + port, Samples.QUICK)
                        .info(Samples.CREDENTIALS))
                .isInstanceOfSatisfying(
                        LivepatchException.Unreachable.class,
                        e -> assertThat(e.kind()).isEqualTo("connection refused"))
                .hasMessageContaining("no connection to 'http://127.0.0.1:" + port);
    }

    @Test
    void silentServerTimesOut() {
        server.reply((request, out) -> server.hang());
        Duration moment = Duration.ofMillis(200);
        CallPolicy callPolicy = new CallPolicy(1, Duration.ZERO, Duration.ZERO, moment, moment, moment);

        assertThatThrownBy(() -> fixture.client(callPolicy).info(Samples.CREDENTIALS))
                .isInstanceOfSatisfying(
                        LivepatchException.Unreachable.class,
                        e -> assertThat(e.kind()).isEqualTo("timeout"))
                .hasMessageContaining("silent");
    }

    @Test
    void redirectOfACallWithATokenIsNotFollowed() {
        server.reply(answer(307, "", "Location: http://127.0.0.1:1/thief"));

        assertThatThrownBy(() -> client().checkIn(Samples.CREDENTIALS, REPORT))
                .isInstanceOf(LivepatchException.InvalidAnswer.class)
                .hasMessageContaining("307");
    }

    @Test
    void interruptEndsTheWaitAndStaysSet() throws InterruptedException {
        server.reply((request, out) -> server.hang());
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>(false);
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                client().info(Samples.CREDENTIALS);
            } catch (LivepatchException e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        org.awaitility.Awaitility.await("the request")
                .until(() -> server.requests().size() == 1);

        caller.interrupt();
        caller.join();

        assertThat(thrown.get()).isInstanceOf(LivepatchException.Interrupted.class);
        assertThat(flag.get()).isTrue();
    }

    @Test
    void pingInfoAndLeaveUseTheirRoutes() {
        server.reply(answer(204, ""));
        client().ping(
                        Samples.CREDENTIALS,
                        new Ping(
                                Ping.Type.PING_ERR,
                                Samples.PLATFORM.kernel(),
                                Samples.VERSION,
                                Optional.of(PatchState.APPLY_FAILED),
                                Optional.of("no\nroom")));
        assertThat(server.lastRequest().target()).isEqualTo("/v1/client/machine-1/pings");
        assertThat(server.lastRequest().body())
                .isEqualTo("{\"kernel\":\"5.15.0-107.117-generic\",\"patch-version\":\"107.1\",\"type\":\"ping_err\","
                        + "\"state\":\"apply-failed\",\"message\":\"no?room\"}");

        client().leave(Samples.CREDENTIALS);
        assertThat(server.lastRequest().method()).isEqualTo("DELETE");

        server.reply(json("{\"machine-id\":\"machine-1\",\"tier\":\"stable\",\"last-check-in\":null}"));
        assertThat(client().info(Samples.CREDENTIALS).tier()).isEqualTo("stable");

        server.reply(json("{\"Supported\":\"supported\"}"));
        assertThat(client().kernelSupport(Samples.PLATFORM)).isEqualTo("supported");
        assertThat(server.lastRequest().target()).contains("kernel-version=5.15&flavour=generic&architecture=amd64");
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.testing.KernelNames#accepted")
    void kernelOfAnyNameIsSentUnchanged(String name) {
        Platform platform = new Platform(new KernelRelease(name), "x86_64");

        server.reply(json("{\"machine-token\":\"abc\",\"tier\":\"stable\"}"));
        client().enrol(new MachineId("m-1"), new Secret("auth-token"), ClientKey.generate(), platform, "0.1.0");
        assertThat(kernelOf(server.lastRequest())).isEqualTo(name);

        server.reply(answer(204, ""));
        assertThat(client().checkIn(Samples.CREDENTIALS, CheckInReport.of(platform, "0.1.0")))
                .isEqualTo(new CheckInAnswer.NothingToDo());
        assertThat(kernelOf(server.lastRequest())).isEqualTo(name);

        server.reply(json("{\"Supported\":\"unsupported\"}"));
        assertThat(client().kernelSupport(platform)).isEqualTo("unsupported");
        assertThat(URLDecoder.decode(server.lastRequest().target(), StandardCharsets.UTF_8))
                .endsWith("?kernel-version=%s&flavour=%s&architecture=x86_64&codename=&build-date=unknown"
                        .formatted(platform.kernel().base(), platform.kernel().flavour()));
    }

    private static String kernelOf(ScriptedServer.Request request) {
        return JsonMessages.JSON.readTree(request.body()).path("kernel").asString();
    }

    @ParameterizedTest
    @FieldSource("OF_DISTRIBUTIONS")
    void patchForTheKernelOfAnyDistributionIsAccepted(String name) {
        String fileName = "livepatch-" + name + "-52.1-amd64.tar.bz2";
        String url = server.uri("/v1/patches/") + URLEncoder.encode(fileName, StandardCharsets.UTF_8);
        server.reply(json(
                "{\"action\":\"apply\",\"filename\":\"%s\",\"version\":\"52.1\",\"sha256\":\"%s\",\"size\":3,\"url\":\"%s\"}"
                        .formatted(fileName, Samples.sha256(new byte[3]), url)));

        CheckInAnswer checkInAnswer = client().checkIn(
                        Samples.CREDENTIALS, CheckInReport.of(new Platform(new KernelRelease(name), "amd64"), "0.1.0"));

        assertThat(checkInAnswer).isInstanceOfSatisfying(CheckInAnswer.Apply.class, apply -> {
            assertThat(apply.patch().name().fileName()).isEqualTo(fileName);
            assertThat(apply.patch().url()).isEqualTo(URI.create(url));
        });
    }

    @ParameterizedTest
    @FieldSource("REFUSED")
    void kernelThatIsTooLongOrNotPrintableIsRefused(String name) {
        assertThatThrownBy(() -> new KernelRelease(name)).isInstanceOf(IllegalArgumentException.class);
    }
}
