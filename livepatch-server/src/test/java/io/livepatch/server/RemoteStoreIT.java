package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.Api.Answer;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.FaultProxy;
import io.livepatch.testing.S3Account;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** A unit whose patches are in S3, as a process, with everything between it and the bucket going wrong. */
final class RemoteStoreIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int CLIENTS = 50;
    private static final int SIZE = 2 << 20;
    private static final Map<Integer, byte[]> PATCHES = new ConcurrentHashMap<>();

    @TempDir
    Path work;

    private final S3Account account = S3Account.ofTests();
    private final String bucket = account.newBucket();
    private final TestDatabase database = TestDatabase.fresh();
    private FaultProxy proxy;

    @BeforeEach
    void startProxy() {
        proxy = FaultProxy.start(account.endpoint());
    }

    @AfterEach
    void close() {
        proxy.close();
        account.removeBucket(bucket);
        database.close();
    }

    /** A unit with an admin session and an enrolled machine. */
    private final class Unit implements AutoCloseable {
        private final ServerProcess server;
        private final Api api;
        private final String session;
        private final String machine;

        Unit(String name, Map<String, String> more) {
            Map<String, String> environment = ServerProcess.environment(database.dsn(), work.resolve("unused"));
            environment.putAll(Map.of(
                    "LP_SERVER_UNIT", name,
                    "LP_PATCH_STORAGE_TYPE", "s3",
                    "LP_PATCH_STORAGE_S3_ENDPOINT", proxy.endpoint().toString(),
                    "LP_PATCH_STORAGE_S3_REGION", account.region(),
                    "LP_PATCH_STORAGE_S3_BUCKET", bucket,
                    "LP_PATCH_STORAGE_S3_ACCESS_KEY", account.keys().access(),
                    "LP_PATCH_STORAGE_S3_SECRET_KEY", account.keys().secret(),
                    "LP_PATCH_CACHE_PATH",
                            work.resolve("cache-" + name.replace('/', '-')).toString()));
            environment.putAll(more);
            server = ServerProcess.ready(environment);
            api = server.api();
            session = api.logIn();
            String fresh = String.valueOf(System.nanoTime());
            machine = api.enrol("machine-" + fresh, api.authToken(session, "token-" + fresh, "edge"));
        }

        Answer upload(String patch, byte[] bytes) {
            return api.upload(session, patch, Sha256.of(bytes), BodyPublishers.ofByteArray(bytes));
        }

        /** The downloaded bytes; empty if the connection was closed before the end. */
        Optional<Answer> fetch(String patch) {
            try {
                return Optional.of(api.get("/v1/patches/" + patch, machine));
            } catch (UncheckedIOException e) {
                return Optional.empty();
            }
        }

        int status(String patch) {
            return fetch(patch).map(Answer::status).orElse(0);
        }

        long metric(String name) {
            return server.probes()
                    .get("/metrics", "")
                    .text()
                    .lines()
                    .filter(line -> line.startsWith("livepatch_server_" + name + " "))
                    .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' '))))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void close() {
            server.close();
        }
    }

    private static String patch(int number) {
        return "livepatch-5.15.0-107.117-generic-" + number + ".1-amd64.tar.bz2";
    }

    /** Compressed once for all tests; the caller may change them. */
    private static byte[] bytes(int seed) {
        return PATCHES.computeIfAbsent(seed, _ -> PatchFiles.bytes(patch(1), SIZE, seed))
                .clone();
    }

    @Test
    void manyRequestsForOnePatchReadTheStoreOnce() throws Exception {
        try (Unit unit = new Unit("livepatch/0", Map.of())) {
            assertThat(unit.upload(patch(1), bytes(1)).status()).isEqualTo(201);
            proxy.forget();

            List<Future<Optional<Answer>>> answers = new ArrayList<>();
            try (ExecutorService machines = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < CLIENTS; i++) {
                    answers.add(machines.submit(() -> unit.fetch(patch(1))));
                }
            }

            for (Future<Optional<Answer>> answer : answers) {
                assertThat(Sha256.of(answer.get().orElseThrow().body())).isEqualTo(Sha256.of(bytes(1)));
            }
            assertThat(proxy.requests().stream().filter(line -> line.startsWith("GET ") && line.contains(patch(1))))
                    .hasSize(1);
            assertThat(unit.metric("patch_cache_fills")).isEqualTo(1);
            assertThat(unit.metric("patch_cache_length")).isEqualTo(1);
        }
    }

    @Test
    void wrongBytesAreNeverServedWithACacheOrWithout() {
        for (boolean cache : new boolean[] {true, false}) {
            String patch = patch(cache ? 1 : 2);
            try (Unit unit = new Unit("livepatch/0", Map.of("LP_PATCH_CACHE_ENABLED", String.valueOf(cache)))) {
                unit.upload(patch, bytes(3));
                proxy.corruptAt(SIZE / 2);

                assertThat(unit.fetch(patch).filter(answer -> answer.status() == 200))
                        .isEmpty();

                proxy.pass();
                await("what was damaged on its way only")
                        .atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(Sha256.of(
                                        unit.fetch(patch).orElseThrow().body()))
                                .isEqualTo(Sha256.of(bytes(3))));
            }
        }
    }

    @Test
    void unitServesCachedPatchesWhileTheStoreIsUnavailable() {
        try (Unit unit = new Unit("livepatch/0", Map.of())) {
            unit.upload(patch(1), bytes(1));
            unit.upload(patch(2), bytes(2));
            assertThat(unit.status(patch(1))).isEqualTo(200);
            proxy.refuse();

            assertThat(Sha256.of(unit.fetch(patch(1)).orElseThrow().body())).isEqualTo(Sha256.of(bytes(1)));
            Answer other = unit.fetch(patch(2)).orElseThrow();
            assertThat(other.status()).isEqualTo(503);
            assertThat(other.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(other.text()).doesNotContain(account.keys().secret());
            assertThat(unit.upload(patch(3), bytes(3)).status()).isEqualTo(503);

            proxy.pass();
            await("the store is back").atMost(PATIENCE).until(() -> unit.status(patch(2)) == 200);
            assertThat(unit.upload(patch(3), bytes(3)).status()).isEqualTo(201);
        }
    }

    @Test
    void aRottenPatchIsWithdrawnAndHealedFromTheCacheOfAnotherUnit() {
        try (Unit first = new Unit("livepatch/0", Map.of())) {
            first.upload(patch(1), bytes(1));
            assertThat(first.status(patch(1))).isEqualTo(200);
            rot(patch(1));
            try (Unit second = new Unit("livepatch/1", Map.of())) {
                // Its cache is empty, so it reads and reports the damaged bytes; the first unit's cache has good ones.
                assertThat(second.status(patch(1))).isNotEqualTo(200);

                await("healed")
                        .atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(second.status(patch(1))).isEqualTo(200));
                assertThat(Sha256.of(second.fetch(patch(1)).orElseThrow().body()))
                        .isEqualTo(Sha256.of(bytes(1)));
            }
        }
    }

    @Test
    void damagedPatchWithoutACopyIsRepairedByAnUpload() {
        try (Unit unit = new Unit("livepatch/0", Map.of())) {
            unit.upload(patch(1), bytes(1));
            rot(patch(1));
            assertThat(unit.status(patch(1))).isNotEqualTo(200);
            await("withdrawn").atMost(PATIENCE).until(() -> unit.status(patch(1)) == 404);
            await("told").atMost(PATIENCE).until(() -> unit.metric("patches_rotten") == 1);

            unit.upload(patch(1), bytes(1));

            await("offered again").atMost(PATIENCE).until(() -> unit.status(patch(1)) == 200);
            assertThat(Sha256.of(unit.fetch(patch(1)).orElseThrow().body())).isEqualTo(Sha256.of(bytes(1)));
        }
    }

    /** Other bytes, of the same length and with the same metadata, behind the units' backs. */
    private void rot(String patch) {
        byte[] rotten = bytes(1);
        rotten[SIZE / 3] ^= 1;
        try (S3Client client = account.client()) {
            Map<String, String> metadata = client.headObject(
                            request -> request.bucket(bucket).key(patch))
                    .metadata();
            client.putObject(
                    request -> request.bucket(bucket).key(patch).metadata(metadata), RequestBody.fromBytes(rotten));
        }
    }
}
