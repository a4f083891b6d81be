package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.PostgresServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guarantees 1 and 2: after kill -9 answered changes are durable, and others are absent or complete. */
final class CrashIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final int MACHINES = 24;
    private static final int ENOUGH = 600;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path work;

    @Test
    void everyCheckInThatWasAnsweredIsInTheDatabaseAfterKill() throws Exception {
        try (TestDatabase database = TestDatabase.fresh();
                ServerProcess server =
                        ServerProcess.ready(ServerProcess.environment(database.dsn(), work.resolve("store")))) {
            Api api = server.api();
            String authToken = api.authToken(api.logIn(), "storm", "edge");
            Map<String, Long> answered = new ConcurrentHashMap<>();
            AtomicInteger count = new AtomicInteger();

            try (ExecutorService machines = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> storms = new ArrayList<>();
                for (int i = 0; i < MACHINES; i++) {
                    String machine = "machine-" + i;
                    String token = api.enrol(machine, authToken);
                    storms.add(machines.submit(() -> storm(api, machine, token, answered, count)));
                }
                await("a storm").atMost(PATIENCE).until(() -> count.get() >= ENOUGH);
                server.kill();
                for (Future<?> storm : storms) {
                    storm.get();
                }
            }

            answered.forEach((machine, uptime) -> assertThat(Long.parseLong(
                            database.value("select uptime from machine_reports where machine_id = '" + machine + "'")))
                    .as(machine)
                    .isGreaterThanOrEqualTo(uptime));
            assertThat(answered).hasSize(MACHINES);
        }
    }

    /** Checks in until the server is gone. */
    private static void storm(Api api, String machine, String token, Map<String, Long> answered, AtomicInteger count) {
        try {
            for (long uptime = 1; ; uptime++) {
                if (api.checkIn(machine, token, uptime).status() / 100 == 2) {
                    answered.put(machine, uptime);
                    count.incrementAndGet();
                }
            }
        } catch (UncheckedIOException e) {
            // The server was killed.
        }
    }

    @Test
    void anUploadCutByKillIsAbsentAndCanBeDoneAgain() throws Exception {
        byte[] bytes = PatchFiles.bytes(PATCH, 2 << 20, 7);
        Sha256 sha256 = Sha256.of(bytes);
        try (TestDatabase database = TestDatabase.fresh()) {
            Map<String, String> environment = ServerProcess.environment(database.dsn(), work.resolve("store"));
            try (ServerProcess server = ServerProcess.ready(environment)) {
                cutUpload(server, bytes, sha256);
            }
            try (ServerProcess server = ServerProcess.ready(environment)) {
                Api api = server.api();
                String session = api.logIn();
                assertThat(api.get("/v1/admin/patches", session).json().path("patches"))
                        .isEmpty();
                assertThat(api.get("/v1/admin/patches/" + PATCH, session).status())
                        .isEqualTo(404);

                assertThat(api.upload(session, PATCH, sha256, BodyPublishers.ofByteArray(bytes))
                                .status())
                        .isEqualTo(201);
                String machine = api.enrol("one", api.authToken(session, "one", "edge"));
                String url = api.checkIn("one", machine, 1).json().path("url").asString();
                assertThat(Sha256.of(api.get(url, "").body())).isEqualTo(sha256);
            }
        }
    }

    /** Sends half of the patch, sees it arrive, and kills the server. */
    private void cutUpload(ServerProcess server, byte[] bytes, Sha256 sha256) throws Exception {
        Api api = server.api();
        String session = api.logIn();
        CountDownLatch killed = new CountDownLatch(1);
        try (ExecutorService uploader = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> upload = uploader.submit(() -> api.upload(
                    session, PATCH, sha256, BodyPublishers.ofInputStream(() -> new HalfThenWait(bytes, killed))));
            await("half of the patch is under way").atMost(PATIENCE).until(() -> bytesIn(work) > 0);
            server.kill();
            killed.countDown();
            assertThat(upload).failsWithin(PATIENCE);
        }
    }

    private static long bytesIn(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().equals(".lock"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** Gives the first half at once, and the second when it may. */
    private static final class HalfThenWait extends ByteArrayInputStream {
        private final CountDownLatch goOn;

        HalfThenWait(byte[] bytes, CountDownLatch goOn) {
            super(bytes);
            this.goOn = goOn;
        }

        @Override
        public synchronized int read(byte[] target, int offset, int length) {
            int half = count / 2;
            if (pos < half) {
                return super.read(target, offset, Math.min(length, half - pos));
            }
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            return super.read(target, offset, length);
        }
    }

    @Test
    void unitServesFromMemoryWithoutItsDatabaseAndRecovers() {
        byte[] bytes = PatchFiles.bytes(PATCH, 1);
        try (PostgresServer postgres = PostgresServer.start();
                TestDatabase database = TestDatabase.on(postgres);
                ServerProcess server =
                        ServerProcess.ready(ServerProcess.environment(database.dsn(), work.resolve("store")))) {
            Api api = server.api();
            String session = api.logIn();
            api.upload(session, PATCH, Sha256.of(bytes), BodyPublishers.ofByteArray(bytes));
            String token = api.enrol("one", api.authToken(session, "one", "edge"));
            String url = api.checkIn("one", token, 1).json().path("url").asString();

            postgres.kill();
            Api.Answer refused = api.checkIn("one", token, 2);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isNotEmpty();
            await("not ready").atMost(PATIENCE).until(() -> api.readyStatus() == 503);
            assertThat(api.get(url, "").body()).isEqualTo(bytes);
            assertThat(api.get("/v1/patches/" + PATCH, token).body()).isEqualTo(bytes);

            postgres.resume();
            await("ready again")
                    .atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThat(api.get("/health/ready", "").text()).isEqualTo("{\"status\":\"ready\"}"));
            assertThat(api.checkIn("one", token, 3).status()).isEqualTo(200);
        }
    }
}
