package io.livepatch.server.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.AdminApi;
import io.livepatch.server.AdminApi.Answer;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.storage.Modules;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
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
    private static final String ARM64 = "livepatch-5.15.0-107.117-generic-107.1-arm64.tar.bz2";
    private static final String NAME = name("107.1");
    private static final byte[] LONGEST = PatchFiles.bytes(NAME, 1 << 20, 1);
    private static final byte[] BYTES = PatchFiles.bytes(NAME, 1);
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
        api = new AdminApi(database.database(), store, InstantSource.fixed(NOW), LONGEST.length).logIn();
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

    /** A time of the only patch in JSON. */
    private static Instant time(String column) {
        return database.jdbi()
                .withHandle(handle -> handle.select("select " + column + " from patches")
                        .mapTo(Instant.class)
                        .one());
    }

    @Test
    void uploadIsAddedToTheFirstTierAndVisibleAtOnce() {
        Answer answer = api.upload(NAME, BYTES);

        assertThat(answer.status()).isEqualTo(201);
        String shown = api.get("/patches/" + NAME).text();
        assertThat(shown)
                .isEqualTo("{\"filename\":\"" + NAME + "\",\"kernel\":\"5.15.0-107.117-generic\","
                        + "\"architecture\":\"amd64\",\"version\":\"107.1\",\"sha256\":\"" + Sha256.of(BYTES)
                        + "\",\"size\":" + BYTES.length
                        + ",\"tiers\":[\"edge\"],\"added-at\":\"" + time("added_at") + "\"}");
        assertThat(answer.change())
                .isEqualTo(shown.substring(0, shown.length() - 1)
                        + ",\"contents\":{\"modules\":[{\"file\":\"livepatch.ko\",\"kernel\":\"5.15.0-107-generic\","
                        + "\"vermagic\":\"5.15.0-107-generic SMP mod_unload modversions\",\"architecture\":\"amd64\","
                        + "\"livepatch\":true,\"signed\":false}],\"unusual\":[]}}");
        assertThat(api.catalog().inTier(PatchName.parse(NAME), new TierName("edge")))
                .isTrue();
        assertThat(store.verify(PatchName.parse(NAME)).size()).isEqualTo(BYTES.length);
    }

    @Test
    void sameUploadChangesNothingAndOtherBytesConflict() {
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
        assertNothingIsStored();
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
        assertNothingIsStored();
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
    void tooLongUploadIsRefusedBeforeAndDuringTheStream() {
        byte[] bytes = PatchFiles.bytes(NAME, LONGEST.length * 11 / 10, 1);
        BodyPublisher ofUnknownLength = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes));

        assertThat(api.upload(NAME, bytes).status()).isEqualTo(413);
        Answer streamed = api.upload(NAME, ofUnknownLength, Sha256.of(bytes));
        assertThat(streamed.status()).isEqualTo(413);
        assertThat(streamed.detail()).contains("server.max-patch-size");
        assertNothingIsStored();
        assertThat(api.upload(NAME, LONGEST).status()).isEqualTo(201);
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

    @ParameterizedTest
    @ValueSource(ints = {0, 6, 100_000})
    void bytesThatAreNoPatchAreRefusedAndNotStored(int size) {
        byte[] bytes = Patches.bytes(size, 1);

        Answer answer = api.upload(NAME, bytes);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.headers().get("content-type")).containsExactly("application/problem+json");
        assertThat(answer.detail()).contains(NAME, "is no patch", size == 0 ? "empty" : "bzip2", "expected a tar");
        assertThat(forced(NAME, bytes, "true").status()).isEqualTo(422);
        assertNothingIsStored();
    }

    @Test
    void moduleForAnotherMachineOrKernelNeedsForce() {
        byte[] bytes = new PatchFiles()
                .with("a.ko", Modules.of("5.15.0-108-generic", "amd64").bytes())
                .bytes();

        Answer refused = api.upload(ARM64, bytes);

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.detail())
                .contains("is for amd64 and not for arm64", "'5.15.0-108-generic'", "'5.15.0-107-generic'", "force");
        assertNothingIsStored();
        assertThat(forced(ARM64, bytes, "perhaps").status()).isEqualTo(400);

        Answer forced = forced(ARM64, bytes, "true");

        assertThat(forced.status()).isEqualTo(201);
        assertThat(forced.json().path("contents").path("unusual")).hasSize(2);
    }

    /** They were accepted before uploads were inspected, and must be repairable like all others. */
    @Test
    void bytesThatTheCatalogHasAreAcceptedAgain() {
        byte[] bytes = Patches.bytes(1000, 1);
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "insert into patches (filename, kernel, architecture, version, sha256, size, added_at)"
                                + " values (?, '5.15.0-107.117-generic', 'amd64', '107.1', ?, 1000, now())",
                        NAME,
                        Sha256.of(bytes).bytes()));

        Answer answer = api.upload(NAME, bytes);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("contents").path("unusual")).hasSize(1);
        assertThat(store.verify(PatchName.parse(NAME)).sha256()).isEqualTo(Sha256.of(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "livepatch-5.4.0-52.37~20.04-generic-52.1-amd64.tar.bz2",
                "livepatch-6.12.57+deb13-amd64-1-amd64.tar.bz2",
                "livepatch-5.14.0-427.13.1.el9_4.x86_64-1-amd64.tar.bz2",
            })
    void patchOfAnyDistributionsKernelCanBeAddedShownAndRemoved(String name) {
        assertThat(api.upload(name, PatchFiles.bytes(name, 1)).status()).isEqualTo(201);

        String kernel = api.get("/patches/" + name.replace("+", "%2B").replace("~", "%7E"))
                .json()
                .path("kernel")
                .asString();
        assertThat(kernel).isEqualTo(PatchName.parse(name).kernel().text());
        assertThat(fileNames(api.get("/patches?kernel=" + URLEncoder.encode(kernel, StandardCharsets.UTF_8))))
                .containsExactly(name);
        assertThat(api.call("DELETE", "/patches/" + name, "").status()).isEqualTo(204);
        assertNothingIsStored();
    }

    private static Answer forced(String name, byte[] bytes, String force) {
        return api.send(
                "PUT",
                "/patches/" + name + "?force=" + force,
                BodyPublishers.ofByteArray(bytes),
                "Authorization",
                "Bearer " + api.session(),
                "Repr-Digest",
                AdminApi.digest(Sha256.of(bytes)));
    }

    @Test
    void bytesLeftByACrashAreReused() {
        store.put(PatchName.parse(NAME), new ByteArrayInputStream(BYTES), Sha256.of(BYTES));
        assertThat(api.get("/patches/" + NAME).status()).isEqualTo(404);

        assertThat(api.upload(NAME, BYTES).status()).isEqualTo(201);
        assertThat(api.get("/patches/" + NAME).status()).isEqualTo(200);
    }

    @Test
    void otherBytesLeftByACrashCanBeRemoved() {
        store.put(PatchName.parse(NAME), new ByteArrayInputStream(BYTES), Sha256.of(BYTES));
        byte[] other = PatchFiles.bytes(NAME, 2);
        assertThat(api.upload(NAME, other).status()).isEqualTo(409);

        assertThat(api.call("DELETE", "/patches/" + NAME, "").status()).isEqualTo(204);
        assertThat(api.upload(NAME, other).status()).isEqualTo(201);
    }

    @Test
    void sameUploadRestoresBytesThatTheStoreLost() {
        api.upload(NAME, BYTES);
        store.delete(PatchName.parse(NAME));

        assertThat(api.upload(NAME, BYTES).status()).isEqualTo(200);
        assertThat(store.verify(PatchName.parse(NAME)).sha256()).isEqualTo(Sha256.of(BYTES));
    }

    @Test
    void removalDeletesRowTiersAndBytes() {
        api.upload(NAME, BYTES);

        assertThat(api.call("DELETE", "/patches/" + NAME, "").status()).isEqualTo(204);

        assertNothingIsStored();
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

        // 503 means "removed while it was uploaded, send it again"; 404 a row deleted between commit and answer, or a
        // second
        // removal.
        assertThat(all(work)).isSubsetOf(200, 201, 204, 404, 503);
        boolean row = api.get("/patches/" + NAME).status() == 200;
        boolean bytes = stored();
        assertThat(row).as("row there, bytes there: %s", bytes).isEqualTo(bytes);
    }

    @Test
    void promotionAddsAllPatchesOfAVersionToATier() {
        api.upload(NAME, BYTES);
        api.upload(ARM64, PatchFiles.bytes(ARM64, 1));
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
    void blockedPatchIsNotOfferedUntilItIsUnblocked() {
        api.upload(NAME, BYTES);
        PatchName name = PatchName.parse(NAME);

        assertThat(api.post("/patches/block", "{\"version\":\"107.1\",\"reason\":\"it panics\"}")
                        .change())
                .isEqualTo("{\"patches\":1}");
        assertThat(api.catalog().find(name)).isEmpty();
        assertThat(api.get("/patches/" + NAME).json().path("blocked").toString())
                .isEqualTo("{\"reason\":\"it panics\",\"since\":\"" + time("blocked_at") + "\"}");

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
        api.upload(ARM64, PatchFiles.bytes(ARM64, 1));
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
    void concurrentUploadsAndPromotionsAreSerializable() throws InterruptedException, ExecutionException {
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
                AdminApi other = new AdminApi(otherPool, store, InstantSource.system(), LONGEST.length).logIn()) {
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
        // Fewer than the connections of the pool, whose timeout would be answered with 503 on a slow machine.
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

    private void assertNothingIsStored() {
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
