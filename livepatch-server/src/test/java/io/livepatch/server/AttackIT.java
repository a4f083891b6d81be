package io.livepatch.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients without credentials attack one unit at its own port, without haproxy before it; others are served meanwhile. */
final class AttackIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int SLOW_BODIES = 1_100;
    private static final int SLOW_READERS = Integer.getInteger("attack.readers", 1_010);
    /** A quarter of the default of {@code server.download-limit}. */
    private static final int DOWNLOADS_OF_SOURCE = 250;

    private static final String PATCH = Patches.name(1).fileName();
    private static final byte[] BYTES = PatchFiles.bytes(PATCH, 6 << 20, 1);

    @TempDir
    static Path store;

    private static TestDatabase database;
    private static ServerProcess server;
    private static Api api;
    private static String session;
    private static String authToken;
    private static String machineToken;

    private final List<Closeable> attackers = new ArrayList<>();

    @BeforeAll
    static void start() {
        database = TestDatabase.fresh();
        Map<String, String> environment = ServerProcess.environment(database.dsn(), store);
        // Attacks last as long as the test; RequestDispatcherTest verifies that the server ends them.
        environment.put("LP_SERVER_BODY_TIMEOUT", "2m");
        environment.put("LP_SERVER_DATA_RATE_PERIOD", "4s");
        server = ServerProcess.ready(environment);
        api = server.api();
        session = api.logIn();
        authToken = api.authToken(session, "all", "edge");
        machineToken = api.enrol("m1", authToken);
        assertThat(api.upload(session, PATCH, Sha256.of(BYTES), BodyPublishers.ofByteArray(BYTES))
                        .status())
                .isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        server.close();
        database.close();
    }

    @AfterEach
    void endAttack() throws IOException {
        for (Closeable attacker : attackers) {
            attacker.close();
        }
    }

    /** A new machine, a known machine, the status request and the administrator get their answers. */
    private static void assertServed(String machine) {
        assertThat(api.enrol(machine, authToken)).isNotEmpty();
        assertThat(api.checkIn("m1", machineToken, 1).status()).isIn(200, 204);
        assertThat(api.get("/v1/api/kernels/supported?kernel-version=5.15&flavour=generic&architecture=amd64", "")
                        .status())
                .isEqualTo(200);
        assertThat(api.get("/health/ready", "").status()).isEqualTo(200);
        assertThat(api.get("/v1/admin/tiers", session).status()).isEqualTo(200);
        assertThat(api.get("/v1/client/m1/info", machineToken).status()).isEqualTo(200);
    }

    private void slowBodies(int count, String line, String authorization) throws IOException {
        for (int n = 0; n < count; n++) {
            send(
                    new Socket(),
                    line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + authorization
                            + "\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
                            + "x".repeat(20_000));
        }
    }

    private Socket send(Socket socket, String request) throws IOException {
        attackers.add(socket);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
        return socket;
    }

    @Test
    void slowBodiesOfEnrolmentsBlockNoOtherRequest() throws IOException {
        slowBodies(64, "POST /v1/client/x", "Bearer guess");
        assertServed("m2");

        slowBodies(SLOW_BODIES - 64, "POST /v1/client/x", "Bearer guess");
        assertServed("m3");
        assertThat(download(signedUrl()).status()).isEqualTo(200);
    }

    @Test
    void slowBodiesOfCheckInsBlockNoOtherRequest() throws IOException {
        slowBodies(SLOW_BODIES, "POST /v1/client/m1/updates", "Bearer " + machineToken);

        assertServed("m4");
    }

    @Test
    void slowBodiesOfUploadsWithoutASessionStopNoUpload() throws IOException {
        slowBodies(100, "PUT /v1/admin/patches/" + Patches.name(2).fileName(), "Bearer " + "x".repeat(43));

        byte[] bytes = PatchFiles.bytes(Patches.name(2), 2);
        assertThat(api.upload(session, Patches.name(2).fileName(), Sha256.of(bytes), BodyPublishers.ofByteArray(bytes))
                        .status())
                .isEqualTo(201);
        assertServed("m5");
    }

    @Test
    void slowUploadsLeaveSlotsToOthers() throws IOException {
        String begin = new String(PatchFiles.bytes(Patches.name(3), 60_000, 3), 0, 20_000, ISO_8859_1);
        for (int n = 0; n < 30; n++) {
            send(
                    new Socket(),
                    "PUT /v1/admin/patches/" + Patches.name(3).fileName()
                            + " HTTP/1.1\r\nHost: localhost\r\nRepr-Digest: "
                            + AdminApi.digest(Sha256.of(new byte[1])) + "\r\nAuthorization: Bearer " + session
                            + "\r\nContent-Length: 60000\r\n\r\n" + begin);
        }
        assertServed("m6");
        awaitRefusals("upload-concurrency", 1);
        awaitRefusals("slow-upload", 4);
    }

    @Test
    void slowReadersBlockNoOtherRequestAndAreCut() throws IOException {
        String url = signedUrl();
        String request = "GET " + url + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for (int n = 0; n < SLOW_READERS; n++) {
            slowReader(request);
        }
        assertServed("m7");
        awaitRefusals("source-downloads", SLOW_READERS - DOWNLOADS_OF_SOURCE);
        awaitRefusals("slow-reader", DOWNLOADS_OF_SOURCE);
        assertThat(download(url).body()).hasSize(BYTES.length);
    }

    private SocketChannel slowReader(String request) throws IOException {
        SocketChannel reader = SocketChannel.open();
        attackers.add(reader);
        // Before it connects, for the window is agreed on then.
        reader.socket().setReceiveBufferSize(4 << 10);
        reader.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        reader.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
        return reader;
    }

    /** Readers above {@code server.min-data-rate} are not disconnected, so only the share of their source limits them. */
    @Test
    void readersThatAreJustFastEnoughLeaveOtherSourcesTheirDownloads() throws Exception {
        String url = signedUrl();
        long refusedBefore = refusals("source-downloads");
        List<SocketChannel> readers = new ArrayList<>();
        for (int n = 0; n < SLOW_READERS; n++) {
            SocketChannel reader =
                    slowReader("GET " + url + " HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n");
            reader.configureBlocking(false);
            readers.add(reader);
        }
        try (ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor()) {
            ByteBuffer piece = ByteBuffer.allocate(2 << 10);
            ScheduledFuture<?> reading = pace.scheduleAtFixedRate(
                    () -> readers.forEach(reader -> read(reader, piece)), 1, 1, TimeUnit.SECONDS);
            awaitRefusals("source-downloads", refusedBefore + SLOW_READERS - DOWNLOADS_OF_SOURCE);

            Api.Answer answer = api.send("GET", url, "", BodyPublishers.noBody(), "X-Forwarded-For", "198.51.100.8");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).hasSize(BYTES.length);
            assertThat(reading.isDone()).as("the readers are still reading").isFalse();
            pace.shutdownNow();
        }
    }

    private static void read(SocketChannel reader, ByteBuffer piece) {
        try {
            reader.read(piece.clear());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void guessedTokensDoNotKeepNewOnesOut() throws Exception {
        List<String> fresh = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
            fresh.add(api.authToken(session, "fresh-" + n, "edge"));
        }
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> guessers = new ArrayList<>();
        try {
            long before = refusals("auth-token");
            for (int n = 0; n < 100; n++) {
                int guesser = n;
                guessers.add(Thread.ofVirtual().start(() -> guessToken(guesser, over)));
            }
            awaitRefusals("auth-token", before + 100);
            for (int n = 0; n < fresh.size(); n++) {
                assertThat(api.enrol("fresh-machine-" + n, fresh.get(n))).isNotEmpty();
            }
        } finally {
            over.set(true);
            for (Thread guesser : guessers) {
                guesser.join();
            }
        }
    }

    private static void guessToken(int guesser, AtomicBoolean over) {
        for (long n = 0; !over.get(); n++) {
            api.send(
                    "POST",
                    "/v1/client/x" + guesser,
                    "Bearer guess-" + guesser + "-" + n,
                    BodyPublishers.ofString(MachineApi.ENROLMENT),
                    "X-Forwarded-For",
                    "192.0.2." + (10 + guesser % 4),
                    "Content-Type",
                    "application/json");
        }
    }

    @Test
    void guessersNeitherStopMachinesNorLockTheAdministratorOut() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger checked = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        List<Thread> guessers = new ArrayList<>();
        try {
            for (int n = 0; n < 200; n++) {
                int guesser = n;
                guessers.add(Thread.ofVirtual().start(() -> guess(guesser, over, checked, refused)));
            }
            await("guesses are refused unchecked").atMost(PATIENCE).until(() -> refused.get() > 500);
            assertServed("m8");
            assertThat(logIn("ann:" + ServerProcess.PASSWORD, "198.51.100.1").status())
                    .isEqualTo(200);
        } finally {
            over.set(true);
            for (Thread guesser : guessers) {
                guesser.join();
            }
        }
        // Four sources, each with five free attempts and those that the doubling delays permit.
        assertThat(checked.get()).isLessThan(60);
        Api.Answer answer = logIn("ann:" + ServerProcess.PASSWORD, "192.0.2.0");
        assertThat(answer.status()).isEqualTo(429);
        assertThat(Integer.parseInt(answer.header("Retry-After"))).isPositive();
        assertThat(answer.text()).contains("\"status\":429");
        assertThat(refusals("login-source") + refusals("login-user")).isGreaterThan(refused.get());
        assertThat(server.output())
                .containsPattern("basicauth_authn_failed:wrong_password.*\"source\":\"192.0.2.\\d\".*\"request-id\":")
                .contains("\"user\":\"ann\"")
                .doesNotContain("wrong guess");
    }

    private static void guess(int guesser, AtomicBoolean over, AtomicInteger checked, AtomicInteger refused) {
        while (!over.get()) {
            int status = logIn("ann:wrong guess", "192.0.2." + guesser % 4).status();
            (status == 429 ? refused : checked).incrementAndGet();
        }
    }

    private static Api.Answer logIn(String credentials, String source) {
        return api.send(
                "POST",
                "/v1/admin/login",
                "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8)),
                BodyPublishers.noBody(),
                "X-Forwarded-For",
                source);
    }

    @Test
    void guessedTokensAreCountedByKind() {
        String guess = "x".repeat(43);
        long session = refusals("session-token");
        long auth = refusals("auth-token");
        long machine = refusals("machine-token");
        long url = refusals("signed-url");

        assertThat(api.get("/v1/admin/tiers", guess).status()).isEqualTo(401);
        assertThat(api.post("/v1/client/m9", guess, MachineApi.ENROLMENT).status())
                .isEqualTo(401);
        assertThat(api.post("/v1/client/m9", guess, MachineApi.ENROLMENT).status())
                .isEqualTo(401);
        assertThat(api.checkIn("m1", guess, 1).status()).isEqualTo(401);
        assertThat(api.get("/v1/client/m1/info", guess).status()).isEqualTo(401);
        assertThat(download("/v1/patches/" + PATCH + "?expires=9999999999&signature=" + guess)
                        .status())
                .isEqualTo(403);

        assertThat(refusals("session-token")).isEqualTo(session + 1);
        assertThat(refusals("auth-token")).isEqualTo(auth + 2);
        assertThat(refusals("machine-token")).isEqualTo(machine + 2);
        assertThat(refusals("signed-url")).isEqualTo(url + 1);
    }

    @Test
    void hostsThatAreNoneAreRefusedAndNotLogged() throws IOException {
        for (String host : List.of("evil\"x", "evil host", "evil/x", "evil:99999", "evil\r\nHost: evil")) {
            try (RawClient client = new RawClient(server.port())) {
                assertThat(client.ask("GET /v1/context HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                                .status())
                        .isEqualTo(400);
            }
        }
        assertThat(server.output()).doesNotContain("evil");
    }

    private static Api.Answer download(String url) {
        return api.get(url, "");
    }

    private static String signedUrl() {
        Api.Answer answer = api.checkIn("m1", machineToken, 1);
        URI url = URI.create(answer.json().path("url").asString());
        return url.getRawPath() + "?" + url.getRawQuery();
    }

    private static long refusals(String reason) {
        return Refusals.of(api.get("/metrics", "").text(), reason);
    }

    private static void awaitRefusals(String reason, long count) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(refusals(reason)).as(reason).isGreaterThanOrEqualTo(count));
    }
}
