package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.FaultProxy;
import io.livepatch.testing.S3Account;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A unit whose S3 is unavailable or refuses its settings: it records check-ins, and serves cached patches. */
final class StoreFaultsIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final byte[] BYTES = PatchFiles.bytes(PATCH, 1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

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

    private Map<String, String> environment(Map<String, String> more) {
        Map<String, String> environment =
                new HashMap<>(ServerProcess.environment(database.dsn(), work.resolve("unused")));
        environment.putAll(Map.of(
                "LP_PATCH_STORAGE_TYPE", "s3",
                "LP_PATCH_STORAGE_S3_ENDPOINT", proxy.endpoint().toString(),
                "LP_PATCH_STORAGE_S3_REGION", account.region(),
                "LP_PATCH_STORAGE_S3_BUCKET", bucket,
                "LP_PATCH_STORAGE_S3_ACCESS_KEY", account.keys().access(),
                "LP_PATCH_STORAGE_S3_SECRET_KEY", account.keys().secret(),
                "LP_PATCH_CACHE_PATH", work.resolve("cache").toString()));
        environment.putAll(more);
        return environment;
    }

    private static int status(Api api, String path) {
        try {
            return api.get(path, "").status();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    private static void awaitStatus(Api api, String path, int status) {
        await(path + " answers " + status).atMost(PATIENCE).until(() -> status(api, path) == status);
    }

    private static void upload(Api api, String session) {
        assertThat(api.upload(session, PATCH, Sha256.of(BYTES), BodyPublishers.ofByteArray(BYTES))
                        .status())
                .isEqualTo(201);
    }

    @Test
    void whileS3IsAwayCheckInsAndCachedPatchesGoOnAndAUnitCanStart() {
        Map<String, String> environment = environment(Map.of());
        String token;
        try (ServerProcess server = ServerProcess.ready(environment)) {
            Api api = server.api();
            String session = api.logIn();
            upload(api, session);
            token = api.enrol("one", api.authToken(session, "one", "edge"));
            assertThat(api.get("/v1/patches/" + PATCH, token).status()).isEqualTo(200);

            proxy.refuse();
            awaitStatus(api, "/health/ready", 503);
            assertThat(status(api, "/health/ready/check-ins")).isEqualTo(200);
            assertThat(status(api, "/health/ready/downloads")).isEqualTo(200);
            assertThat(api.checkIn("one", token, 1).status()).isEqualTo(200);
            assertThat(api.get("/v1/patches/" + PATCH, token).body()).isEqualTo(BYTES);
        }
        try (ServerProcess server = ServerProcess.start(environment)) {
            Api api = server.api();
            awaitStatus(api, "/health/ready/check-ins", 200);
            assertThat(api.checkIn("one", token, 2).status()).isEqualTo(200);
            assertThat(api.get("/v1/patches/" + PATCH, token).body()).isEqualTo(BYTES);
            JsonNode status = api.get("/debug/status", "").json();
            assertThat(status.path("state").asString()).isEqualTo("degraded");
            assertThat(status.path("lost")).isEmpty();
            assertThat(status.path("store").path("status").asString()).contains("check that the server runs");
            assertThat(status.path("store").has("needs-operator")).isFalse();

            proxy.pass();
            awaitStatus(api, "/health/ready", 200);
        }
    }

    @Test
    void withoutACacheDownloadsAreLostAndCheckInsAreNot() {
        try (ServerProcess server = ServerProcess.ready(environment(Map.of("LP_PATCH_CACHE_ENABLED", "false")))) {
            Api api = server.api();
            proxy.refuse();
            awaitStatus(api, "/health/ready/downloads", 503);
            assertThat(status(api, "/health/ready/check-ins")).isEqualTo(200);
            assertThat(status(api, "/health/ready/any")).isEqualTo(200);

            proxy.pass();
            awaitStatus(api, "/health/ready/downloads", 200);
        }
    }

    @Test
    void wrongKeyIsReportedAndThePortIsLeftToTheProcessWithTheRightKey() {
        String wrong = "not-the-secret-of-anybody";
        Map<String, String> unit = environment(Map.of());
        Map<String, String> trial = ServerProcess.worker(unit, "1");
        trial.put("LP_PATCH_STORAGE_S3_SECRET_KEY", wrong);
        try (ServerProcess good = ServerProcess.ready(ServerProcess.worker(unit, "0"))) {
            try (ServerProcess refused = ServerProcess.start(trial)) {
                Api probes = refused.probes();
                await("the reason is told")
                        .atMost(PATIENCE)
                        .until(() -> status(probes, "/debug/status") == 200
                                && probes.get("/debug/status", "").text().contains("SignatureDoesNotMatch"));
                JsonNode status = probes.get("/debug/status", "").json();
                assertThat(status.path("store").path("status").asString())
                        .contains("403 SignatureDoesNotMatch", "set patch-storage.s3-secret-key");
                assertThat(status.path("store").path("needs-operator").asBoolean())
                        .isTrue();
                await("it leaves the port to its sibling")
                        .atMost(PATIENCE)
                        .until(() -> probes.get("/debug/status", "").text().contains("another process serves"));
                assertThat(probes.get("/debug/status", "").json().path("state").asString())
                        .isEqualTo("starting");
                assertThat(status(good.probes(), "/health/ready")).isEqualTo(200);

                good.terminate();
                awaitStatus(probes, "/health/ready/check-ins", 200);
                assertThat(refused.output()).contains("SignatureDoesNotMatch").doesNotContain(wrong);
                assertThat(probes.get("/debug/status", "").text()).doesNotContain(wrong);
            }
        }
    }
}
