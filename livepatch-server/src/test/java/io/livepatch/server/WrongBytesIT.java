package io.livepatch.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.S3Account;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Bytes that change on a unit's disk, with server processes, their stores and caches: no process sends them once they are found. */
final class WrongBytesIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final byte[] BYTES = PatchFiles.bytes(PatchName.parse(PATCH), 500_000, 1);

    @TempDir
    Path work;

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void close() {
        database.close();
    }

    /** As a disk does it: no process writes, so the time of the file stays. */
    private static void rot(Path file) throws IOException {
        FileTime before = Files.getLastModifiedTime(file);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(1000);
            int whole = bytes.read();
            bytes.seek(1000);
            bytes.write(whole ^ 1);
        }
        Files.setLastModifiedTime(file, before);
    }

    /** The file that is named by the digest of the patch. */
    private static Path file(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName()
                            .toString()
                            .equals(Sha256.of(BYTES).hex()))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode verify(Api api, String session) {
        return api.post("/v1/admin/storage/verification", session, "{}").json();
    }

    private static void upload(Api api, String session) {
        assertThat(api.upload(session, PATCH, Sha256.of(BYTES), BodyPublishers.ofByteArray(BYTES))
                        .status())
                .isBetween(200, 201);
    }

    private static String report(String machine) {
        return "{\"kernel\":\"5.15.0-107.117-generic\",\"patch-version\":\"107.1\",\"type\":\"ping_digest\",\"message\":\"of "
                + machine + "\"}";
    }

    /** The answers to a download by worker; a connection belongs to one worker. */
    private Map<String, RawClient.Answer> ofBothWorkers(int port, String token) {
        Map<String, RawClient.Answer> answers = new HashMap<>();
        await("both workers answer").atMost(PATIENCE).until(() -> {
            try (RawClient client = new RawClient(port)) {
                String worker = client.ask(RawClient.request("GET /debug/info", "", ""))
                        .body()
                        .replaceAll(".*\"worker\":\"([^\"]*)\".*", "$1");
                answers.put(
                        worker,
                        client.ask(RawClient.request(
                                "GET /v1/patches/" + PATCH, "Authorization: Bearer " + token + "\r\n", "")));
            }
            return answers.keySet().equals(Set.of("1", "2"));
        });
        return answers;
    }

    @Test
    void damagedPatchIsWithdrawnByBothWorkersAndRepaired() throws Exception {
        Map<String, String> unit = ServerProcess.environment(database.dsn(), work.resolve("store"));
        try (ServerProcess one = ServerProcess.ready(ServerProcess.worker(unit, "1"));
                ServerProcess _ = ServerProcess.ready(ServerProcess.worker(unit, "2"))) {
            Api api = one.api();
            String session = api.logIn();
            upload(api, session);
            String machine = api.enrol("one", api.authToken(session, "one", "edge"));
            await("both workers have it mapped")
                    .atMost(PATIENCE)
                    .until(() -> ofBothWorkers(one.port(), machine).values().stream()
                            .allMatch(answer -> answer.status() == 200));
            rot(file(work.resolve("store")));

            assertThat(verify(api, session).path("damaged")).hasSize(1);

            await("neither worker sends it")
                    .atMost(PATIENCE)
                    .until(() -> ofBothWorkers(one.port(), machine).values().stream()
                            .allMatch(answer -> answer.status() == 404));
            upload(api, session);
            await("both workers send it")
                    .atMost(PATIENCE)
                    .until(() -> ofBothWorkers(one.port(), machine).values().stream()
                            .allMatch(answer -> answer.status() == 200));
            for (int i = 0; i < 5; i++) {
                assertThat(ofBothWorkers(one.port(), machine).values())
                        .extracting(RawClient.Answer::body)
                        .containsOnly(new String(BYTES, ISO_8859_1));
            }
            assertThat(verify(api, session).path("damaged")).isEmpty();
        }
    }

    @Test
    void aTruncatedPatchIsWithdrawnAndServedAgainAfterAnUpload() throws Exception {
        try (ServerProcess server =
                ServerProcess.ready(ServerProcess.environment(database.dsn(), work.resolve("store")))) {
            Api api = server.api();
            String session = api.logIn();
            upload(api, session);
            String machine = api.enrol("one", api.authToken(session, "one", "edge"));
            assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);
            try (RandomAccessFile bytes =
                    new RandomAccessFile(file(work.resolve("store")).toFile(), "rw")) {
                bytes.setLength(4096);
            }

            assertThat(api.get("/v1/patches/" + PATCH, machine).status()).isEqualTo(500);

            await("withdrawn")
                    .atMost(PATIENCE)
                    .until(() -> api.get("/v1/patches/" + PATCH, machine).status() == 404);
            assertThat(api.get("/v1/admin/storage", session).json().path("damaged"))
                    .hasSize(1);
            upload(api, session);
            assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);
        }
    }

    @Test
    void aMachineThatReportsAnotherDigestHasThePatchCheckedAndWithdrawn() throws Exception {
        Map<String, String> unit = ServerProcess.environment(database.dsn(), work.resolve("store"));
        try (ServerProcess server = ServerProcess.ready(unit)) {
            Api api = server.api();
            String session = api.logIn();
            upload(api, session);
            String authToken = api.authToken(session, "one", "edge");
            String machine = api.enrol("one", authToken);
            assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);
            rot(file(work.resolve("store")));
            assertThat(api.post("/v1/client/one/pings", "not-a-machine-token", report("one"))
                            .status())
                    .isEqualTo(401);

            assertThat(api.post("/v1/client/one/pings", machine, report("one")).status())
                    .isEqualTo(204);

            await("withdrawn")
                    .atMost(PATIENCE)
                    .until(() -> api.get("/v1/patches/" + PATCH, machine).status() == 404);
            await("counted").atMost(PATIENCE).until(() -> reports(api, "store-damaged") == 1);
            assertThat(server.output()).contains("reported by machine 'one', is damaged in the store");
            assertThat(api.get("/debug/status", "").text()).contains(PATCH);
        }
    }

    @Test
    void falseReportsCostOneCheck() {
        Map<String, String> unit = ServerProcess.environment(database.dsn(), work.resolve("store"));
        try (ServerProcess server = ServerProcess.ready(unit)) {
            Api api = server.api();
            String session = api.logIn();
            upload(api, session);
            String authToken = api.authToken(session, "one", "edge");
            for (String id : Set.of("one", "two", "three")) {
                String machine = api.enrol(id, authToken);
                for (int i = 0; i < 5; i++) {
                    assertThat(api.post("/v1/client/" + id + "/pings", machine, report(id))
                                    .status())
                            .isEqualTo(204);
                }
            }

            await("one was checked").atMost(PATIENCE).until(() -> reports(api, "whole") == 1);
            assertThat(reports(api, "ignored")).isEqualTo(14);
            assertThat(api.get("/v1/patches/" + PATCH, api.enrol("one", authToken))
                            .body())
                    .isEqualTo(BYTES);
        }
    }

    @Test
    void aReportIsCheckedThoughOneOfAnotherPatchJustWas() {
        Map<String, String> unit = ServerProcess.environment(database.dsn(), work.resolve("store"));
        try (ServerProcess server = ServerProcess.ready(unit)) {
            Api api = server.api();
            String session = api.logIn();
            upload(api, session);
            String other = PATCH.replace("-107.1-", "-107.2-");
            assertThat(api.upload(session, other, Sha256.of(BYTES), BodyPublishers.ofByteArray(BYTES))
                            .status())
                    .isBetween(200, 201);
            String authToken = api.authToken(session, "one", "edge");
            String one = api.enrol("one", authToken);
            String two = api.enrol("two", authToken);

            assertThat(api.post("/v1/client/one/pings", one, report("one")).status())
                    .isEqualTo(204);
            String second = report("two").replace("\"107.1\"", "\"107.2\"").replace("of two", "of \u009b31mtwo");
            assertThat(api.post("/v1/client/two/pings", two, second).status()).isEqualTo(204);

            await("both were checked").atMost(PATIENCE).until(() -> reports(api, "whole") == 2);
            assertThat(server.output()).contains("of ?31mtwo").doesNotContain("\u009b");
        }
    }

    private static long reports(Api api, String outcome) {
        return api.get("/metrics", "")
                .text()
                .lines()
                .filter(line -> line.startsWith("livepatch_server_digest_reports_total{outcome=\"" + outcome + "\"}"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    /** Two units with caches in front of one bucket. */
    @Test
    void copiesInCachesAreVerifiedReplacedAndCheckedOnAReportToAnotherUnit() throws Exception {
        S3Account account = S3Account.ofTests();
        String bucket = account.newBucket();
        try (ServerProcess first = ServerProcess.ready(unit(account, bucket, "0"));
                ServerProcess second = ServerProcess.ready(unit(account, bucket, "1"))) {
            Api api = first.api();
            String session = api.logIn();
            upload(api, session);
            String machine = api.enrol("one", api.authToken(session, "one", "edge"));
            assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);
            Path copy = file(work.resolve("cache-0"));
            await("the second unit has heard of the patch")
                    .atMost(PATIENCE)
                    .until(() ->
                            second.api().get("/v1/patches/" + PATCH, machine).status() == 200);

            rot(copy);
            rot(file(work.resolve("cache-1")));
            JsonNode verified = verify(api, session);
            assertThat(verified.path("damaged")).isEmpty();
            assertThat(verified.path("cache").path("checked").asInt()).isEqualTo(1);
            assertThat(verified.path("cache").path("removed"))
                    .extracting(JsonNode::asString)
                    .containsExactly(PATCH);
            assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);
            await("the second unit has checked its copy, too")
                    .atMost(PATIENCE)
                    .until(() -> second.api()
                            .get("/metrics", "")
                            .text()
                            .contains("livepatch_server_patch_cache_damaged 1.0"));

            try (RandomAccessFile bytes = new RandomAccessFile(copy.toFile(), "rw")) {
                bytes.setLength(4096);
            }
            assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);

            rot(copy);
            assertThat(second.api()
                            .post("/v1/client/one/pings", machine, report("one"))
                            .status())
                    .isEqualTo(204);
            await("the first unit has thrown its copy away").atMost(PATIENCE).until(() -> {
                byte[] body = api.get("/v1/patches/" + PATCH, machine).body();
                return Arrays.equals(body, BYTES);
            });
            await("the second unit has checked").atMost(PATIENCE).until(() -> reports(second.api(), "whole") == 1);
            assertThat(api.get("/metrics", "").text()).contains("livepatch_server_patch_cache_damaged 3.0");
        } finally {
            account.removeBucket(bucket);
        }
    }

    @Test
    void aCopyThatIsDamagedAgainAndAgainFailsNoDownload() throws Exception {
        S3Account account = S3Account.ofTests();
        String bucket = account.newBucket();
        try (ServerProcess server = ServerProcess.ready(unit(account, bucket, "0"))) {
            Api api = server.api();
            String session = api.logIn();
            upload(api, session);
            String machine = api.enrol("one", api.authToken(session, "one", "edge"));
            assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);
            Path copy = file(work.resolve("cache-0"));

            for (int length = 1; length <= 4; length++) {
                try (RandomAccessFile bytes = new RandomAccessFile(copy.toFile(), "rw")) {
                    bytes.setLength(length);
                }
                assertThat(api.get("/v1/patches/" + PATCH, machine).body()).isEqualTo(BYTES);
            }
        } finally {
            account.removeBucket(bucket);
        }
    }

    private Map<String, String> unit(S3Account account, String bucket, String number) {
        Map<String, String> environment = ServerProcess.environment(database.dsn(), work.resolve("unused"));
        environment.putAll(Map.of(
                "LP_SERVER_UNIT", "livepatch/" + number,
                "LP_PATCH_STORAGE_TYPE", "s3",
                "LP_PATCH_STORAGE_S3_ENDPOINT", account.endpoint().toString(),
                "LP_PATCH_STORAGE_S3_REGION", account.region(),
                "LP_PATCH_STORAGE_S3_BUCKET", bucket,
                "LP_PATCH_STORAGE_S3_ACCESS_KEY", account.keys().access(),
                "LP_PATCH_STORAGE_S3_SECRET_KEY", account.keys().secret(),
                "LP_PATCH_CACHE_PATH", work.resolve("cache-" + number).toString()));
        return environment;
    }
}
