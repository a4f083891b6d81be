package io.livepatch.server.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.AdminApi;
import io.livepatch.server.AdminApi.Answer;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PatchIT {
    private static final int MAX_SIZE = 1 << 20;
    private static final String NAME = name("107.1");
    private static final byte[] BYTES = "the bytes of a patch".getBytes(StandardCharsets.UTF_8);
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    @TempDir
    private static Path directory;

    private static TestDatabase database;
    private static PatchStore store;
    private static AdminApi api;

    @BeforeAll
    static void open() {
        database = TestDatabase.fresh();
        store = PatchStores.open(new StorageConfig.Filesystem(directory, "livepatch/0"));
        api = new AdminApi(database.database(), store, InstantSource.fixed(NOW), MAX_SIZE).logIn();
    }

    @BeforeEach
    void reset() {
        database.reset();
        try (Stream<PatchName> names = store.list()) {
            names.toList().forEach(store::delete);
        }
    }

    @AfterAll
    static void close() {
        api.close();
        store.close();
        database.close();
    }

    @Test
    void uploadLandsInTheFirstTierAndIsSeenAtOnce() {
        Answer answer = api.upload(NAME, BYTES);

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.change())
                .isEqualTo("{\"filename\":\"" + NAME + "\",\"kernel\":\"5.15.0-107.117-generic\","
                        + "\"architecture\":\"amd64\",\"version\":\"107.1\",\"sha256\":\"" + Sha256.of(BYTES)
                        + "\",\"size\":20,\"tiers\":[\"edge\"],\"added-at\":\"2026-11-20T12:00:00Z\"}");
        assertThat(api.catalog().inTier(PatchName.parse(NAME), new TierName("edge")))
                .isTrue();
        assertThat(store.verify(PatchName.parse(NAME)).size()).isEqualTo(20);
        assertThat(api.get("/patches/" + NAME).text()).isEqualTo(answer.change());
    }

    @Test
    void sameAgainChangesNothingAndOtherBytesAreAConflict() {
        api.upload(NAME, BYTES);
        long revision = api.catalog().status().revision();

        assertThat(api.upload(NAME, BYTES).status()).isEqualTo(200);
        Answer conflict = api.upload(NAME, new byte[] {1});

        assertThat(conflict.status()).isEqualTo(409);
        assertThat(conflict.detail()).contains(Sha256.of(BYTES).hex());
        assertThat(database.value("select revision from catalog_revision")).isEqualTo(String.valueOf(revision));
    }

    @Test
    void wrongDigestStoresNothing() {
        Sha256 wrong = Sha256.of(new byte[] {1});

        Answer answer = api.upload(NAME, BodyPublishers.ofByteArray(BYTES), wrong);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.detail()).contains(wrong.hex(), Sha256.of(BYTES).hex());
        nothingIsThere();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "sha-256=:AAAA:", "md5=:AAAA:", "sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})
    void uploadWithoutDigestIsRefused(String digest) {
        List<String> headers = new ArrayList<>(List.of("Authorization", "Bearer " + api.session()));
        if (digest != null) {
            headers.addAll(List.of("Repr-Digest", digest));
        }

        Answer answer =
                api.send("PUT", "/patches/" + NAME, BodyPublishers.ofByteArray(BYTES), headers.toArray(String[]::new));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.detail()).contains("Repr-Digest");
        nothingIsThere();
    }

    @Test
    void digestIsFoundAmongOthers() {
        Answer answer = api.send(
                "PUT",
                "/patches/" + NAME,
                BodyPublishers.ofByteArray(BYTES),
                "Authorization",
                "Bearer " + api.session(),
                "Repr-Digest",
                "sha-512=:AAAA:, " + AdminApi.digest(Sha256.of(BYTES)));

        assertThat(answer.status()).isEqualTo(201);
    }

    @Test
    void tooLongAnUploadIsRefusedBeforeAndWhileItStreams() {
        byte[] bytes = new byte[MAX_SIZE + 1];
        BodyPublisher ofUnknownLength = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes));

        assertThat(api.upload(NAME, bytes).status()).isEqualTo(413);
        Answer streamed = api.upload(NAME, ofUnknownLength, Sha256.of(bytes));
        assertThat(streamed.status()).isEqualTo(413);
        assertThat(streamed.detail()).contains("server.max-patch-size");
        nothingIsThere();
        assertThat(api.upload(NAME, new byte[MAX_SIZE]).status()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x.tar.bz2", "..%2F..%2Fetc%2Fpasswd", "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2%00"
            })
    void nameThatIsNoPatchIsRefused(String name) {
        for (String method : List.of("PUT", "GET", "DELETE")) {
            assertThat(api.call(method, "/patches/" + name, "").status()).isEqualTo(400);
        }
    }

    @Test
    void bytesLeftByACrashAreAdopted() {
        store.put(PatchName.parse(NAME), new ByteArrayInputStream(BYTES), Sha256.of(BYTES));
        assertThat(api.get("/patches/" + NAME).status()).isEqualTo(404);

        assertThat(api.upload(NAME, BYTES).status()).isEqualTo(201);
        assertThat(api.get("/patches/" + NAME).status()).isEqualTo(200);
    }

    @Test
    void otherBytesLeftByACrashCanBeRemoved() {
        store.put(PatchName.parse(NAME), new ByteArrayInputStream(BYTES), Sha256.of(BYTES));
        assertThat(api.upload(NAME, new byte[] {1}).status()).isEqualTo(409);

        assertThat(api.call("DELETE", "/patches/" + NAME, "").status()).isEqualTo(204);
        assertThat(api.upload(NAME, new byte[] {1}).status()).isEqualTo(201);
    }

    @Test
    void bytesThatTheStoreLostAreBroughtBackByTheSameUpload() {
        api.upload(NAME, BYTES);
        store.delete(PatchName.parse(NAME));

        assertThat(api.upload(NAME, BYTES).status()).isEqualTo(200);
        assertThat(store.verify(PatchName.parse(NAME)).sha256()).isEqualTo(Sha256.of(BYTES));
    }

    @Test
    void removalTakesRowTiersAndBytes() {
        api.upload(NAME, BYTES);

        assertThat(api.call("DELETE", "/patches/" + NAME, "").status()).isEqualTo(204);

        nothingIsThere();
        assertThat(api.catalog().find(PatchName.parse(NAME))).isEmpty();
        assertThat(api.call("DELETE", "/patches/" + NAME, "").status()).isEqualTo(404);
    }

    @Test
    void uploadsAndRemovalsOfOneNameNeverLeaveARowWithoutBytes() throws InterruptedException, ExecutionException {
        List<Callable<Integer>> work = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            work.add(() -> api.upload(NAME, BYTES).status());
            work.add(() -> api.call("DELETE", "/patches/" + NAME, "").status());
        }

        // 503 is "removed while it was uploaded, send it again"; 404 a row gone between commit and answer, or a second
        // removal.
        assertThat(all(work)).isSubsetOf(200, 201, 204, 404, 503);
        boolean row = api.get("/patches/" + NAME).status() == 200;
        boolean bytes = stored();
        assertThat(row).as("row there, bytes there: %s", bytes).isEqualTo(bytes);
    }

    @Test
    void promotionPutsAllPatchesOfAVersionIntoATier() {
        api.upload(NAME, BYTES);
        api.upload(NAME.replace("amd64", "arm64"), BYTES);
        api.upload(name("108.1"), BYTES);

        Answer answer = api.post("/patches/promote", "{\"version\":\"107.1\",\"tier\":\"stable\"}");

        assertThat(answer.change()).isEqualTo("{\"version\":\"107.1\",\"tier\":\"stable\",\"patches\":2}");
        assertThat(tiers(NAME)).isEqualTo("edge stable");
        assertThat(tiers(name("108.1"))).isEqualTo("edge");
        assertThat(api.catalog().inTier(PatchName.parse(NAME), new TierName("stable")))
                .isTrue();
        assertThat(api.post("/patches/promote", "{\"version\":\"107.1\",\"tier\":\"stable\"}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void promotionOfAllMakesTheFollowingTiersEqual() {
        for (String version : List.of("107.1", "107.2", "107.3")) {
            api.upload(name(version), BYTES);
        }
        api.post("/patches/promote", "{\"version\":\"107.1\",\"tier\":\"beta\"}");
        api.post("/patches/promote", "{\"version\":\"107.2\",\"tier\":\"beta\"}");
        api.post("/patches/promote", "{\"version\":\"107.3\",\"tier\":\"candidate\"}");
        api.post("/patches/promote", "{\"version\":\"107.3\",\"tier\":\"stable\"}");

        Answer answer = api.post("/patches/promote-all", "{\"from\":\"beta\",\"to\":\"candidate\"}");

        assertThat(answer.change()).isEqualTo("{\"tiers\":[{\"name\":\"candidate\",\"added\":2,\"removed\":1}]}");
        assertThat(tiers(name("107.1"))).isEqualTo("edge beta candidate");
        assertThat(tiers(name("107.3"))).isEqualTo("edge stable");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "promote | {\"version\":\"9.9\",\"tier\":\"stable\"} | 404",
                "promote | {\"version\":\"107.1\",\"tier\":\"nowhere\"} | 404",
                "promote | {\"version\":\"v1\",\"tier\":\"stable\"} | 400",
                "promote | {\"version\":\"107.1\"} | 400",
                "promote-all | {\"from\":\"stable\",\"to\":\"edge\"} | 400",
                "promote-all | {\"from\":\"edge\",\"to\":\"edge\"} | 400",
                "promote-all | {\"from\":\"edge\",\"to\":\"nowhere\"} | 404",
                "block | {\"version\":\"107.1\"} | 400",
                "block | {\"version\":\"107.1\",\"reason\":\" \"} | 400",
                "block | {\"version\":\"107.1\",\"reason\":\"a\\nb\"} | 400",
                "block | {\"version\":\"107.1\",\"filename\":\"x\",\"reason\":\"r\"} | 400",
                "block | {\"reason\":\"r\"} | 400",
                "block | {\"version\":\"9.9\",\"reason\":\"r\"} | 404",
                "unblock | {\"version\":\"9.9\"} | 404",
                "unblock | {\"version\":\"107.1\",\"reason\":\"r\"} | 400",
            })
    void badRequestsAreRefused(String route, String body, int status) {
        api.upload(NAME, BYTES);

        assertThat(api.post("/patches/" + route, body).status()).isEqualTo(status);
        assertThat(tiers(NAME)).isEqualTo("edge");
    }

    @Test
    void blockedPatchIsOfferedToNobodyUntilItIsUnblocked() {
        api.upload(NAME, BYTES);
        PatchName name = PatchName.parse(NAME);

        assertThat(api.post("/patches/block", "{\"version\":\"107.1\",\"reason\":\"it panics\"}")
                        .change())
                .isEqualTo("{\"patches\":1}");
        assertThat(api.catalog().find(name)).isEmpty();
        assertThat(api.get("/patches/" + NAME).json().path("blocked").toString())
                .isEqualTo("{\"reason\":\"it panics\",\"since\":\"2026-11-20T12:00:00Z\"}");

        assertThat(api.post("/patches/unblock", "{\"filename\":\"" + NAME + "\"}")
                        .change())
                .isEqualTo("{\"patches\":1}");
        assertThat(api.catalog().find(name)).isPresent();
    }

    @Test
    void listIsFilteredAndPaged() {
        for (String version : List.of("107.1", "107.2", "107.3")) {
            api.upload(name(version), BYTES);
        }
        api.upload(NAME.replace("amd64", "arm64"), BYTES);
        api.post("/patches/promote", "{\"version\":\"107.1\",\"tier\":\"stable\"}");

        assertThat(fileNames(api.get("/patches?version=107.2"))).containsExactly(name("107.2"));
        assertThat(fileNames(api.get("/patches?tier=stable"))).hasSize(2);
        assertThat(fileNames(api.get("/patches?tier=stable&architecture=arm64")))
                .hasSize(1);
        assertThat(fileNames(api.get("/patches?kernel=5.15.0-107.117-generic"))).hasSize(4);
        assertThat(fileNames(api.get("/patches?kernel=other"))).isEmpty();

        List<String> seen = new ArrayList<>();
        Answer page = api.get("/patches?limit=3");
        seen.addAll(fileNames(page));
        assertThat(seen).hasSize(3);
        page = api.get("/patches?limit=3&after=" + page.json().path("next").asString());
        seen.addAll(fileNames(page));
        assertThat(seen).hasSize(4).doesNotHaveDuplicates();
        assertThat(page.json().has("next")).isFalse();
        assertThat(api.get("/patches?limit=1001").status()).isEqualTo(400);
    }

    @Test
    void uploadsAndPromotionsAtOnceEndAsIfOneAfterTheOther() throws InterruptedException, ExecutionException {
        List<Callable<Integer>> work = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String version = "200." + i;
            work.add(() -> api.upload(name(version), BYTES).status());
            work.add(() -> api.post("/patches/promote-all", "{\"from\":\"edge\",\"to\":\"stable\"}")
                    .status());
            work.add(() -> api.post("/patches/promote-all", "{\"from\":\"beta\",\"to\":\"candidate\"}")
                    .status());
            work.add(() ->
                    api.call("PUT", "/tiers/beta/position", "{\"position\":1}").status());
        }
        try (Database otherPool = database.open();
                AdminApi other = new AdminApi(otherPool, store, InstantSource.system(), MAX_SIZE).logIn()) {
            work.add(() -> other.post("/patches/promote-all", "{\"from\":\"edge\",\"to\":\"stable\"}")
                    .status());

            assertThat(all(work)).as("no deadlock").isSubsetOf(200, 201);
            other.post("/patches/promote-all", "{\"from\":\"edge\",\"to\":\"stable\"}");

            assertThat(database.value("""
                    select string_agg(n::text, ' ') from
                      (select count(*) as n from tier_patches group by tier_id) as counts""")).isEqualTo("24 24 24 24");
            await().until(() -> api.catalog().inTier(PatchName.parse(name("200.7")), new TierName("stable")));
        }
    }

    private static List<Integer> all(List<Callable<Integer>> work) throws InterruptedException, ExecutionException {
        List<Integer> statuses = new ArrayList<>();
        // Fewer than the pool has connections: a wait for one would be an honest 503 on a slow machine.
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            for (Future<Integer> done : clients.invokeAll(work)) {
                statuses.add(done.get());
            }
        }
        return statuses;
    }

    private static List<String> fileNames(Answer listing) {
        List<String> names = new ArrayList<>();
        listing.json()
                .path("patches")
                .forEach(patch -> names.add(patch.path("filename").asString()));
        return names;
    }

    private String tiers(String fileName) {
        List<String> names = new ArrayList<>();
        api.get("/patches/" + fileName).json().path("tiers").forEach(tier -> names.add(tier.asString()));
        return String.join(" ", names);
    }

    private void nothingIsThere() {
        assertThat(database.value("select count(*) from patches")).isEqualTo("0");
        assertThat(stored()).isFalse();
    }

    private boolean stored() {
        try (Stream<PatchName> names = store.list()) {
            return names.findAny().isPresent();
        }
    }

    private static String name(String version) {
        return "livepatch-5.15.0-107.117-generic-" + version + "-amd64.tar.bz2";
    }
}
