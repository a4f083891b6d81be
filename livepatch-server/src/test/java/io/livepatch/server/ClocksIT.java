package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.config.ConfigFile;
import io.livepatch.server.database.Database;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Units on one database whose clocks differ: none of them decides anything for the others. */
final class ClocksIT {
    private static final PatchName PATCH = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
    private static final byte[] BYTES = {'x'};

    @TempDir
    private static Path directory;

    private static TestDatabase test;
    private static ClockedUnit right;
    private static ClockedUnit ahead;
    private static ClockedUnit behind;
    private static ClockedUnit skewed;
    private static String session;
    private static String web;
    private static String lab;

    /** A whole unit in this process, with its own clock. */
    private record ClockedUnit(LivepatchServer server, Api api) implements AutoCloseable {
        static ClockedUnit start(int number, Duration ahead) {
            Map<String, String> environment =
                    ServerProcess.environment(test.dsn(), directory.resolve(String.valueOf(number)));
            environment.put("LP_SERVER_UNIT", "livepatch/" + number);
            environment.put("LP_PATCH_STORAGE_TYPE", "postgres");
            environment.put("LP_PATCH_CACHE_ENABLED", "false");
            environment.put("LP_DATABASE_CONNECTION_POOL_MAX", "3");
            InstantSource clock = () -> InstantSource.system().instant().plus(ahead);
            LivepatchServer server = LivepatchServer.start(
                    LivepatchServer.Settings.read(new ConfigFile.Source(null, environment), new Semaphore(0)), clock);
            String address = environment.get("LP_SERVER_SERVER_ADDRESS");
            Api api = new Api(Integer.parseInt(address.substring(address.indexOf(':') + 1)));
            await("unit is ready").atMost(Duration.ofMinutes(1)).until(() -> api.readyStatus() == 200);
            return new ClockedUnit(server, api);
        }

        int checkIn(String token, long uptime) {
            return api.checkIn("m", token, uptime).status();
        }

        /** Path and query of the patch that a check-in offers. */
        String offered(String token) {
            String url = api.checkIn("m", token, 9).json().path("url").asString();
            return url.substring(url.indexOf("/v1/patches/"));
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @BeforeAll
    static void start() {
        test = TestDatabase.fresh();
        test.jdbi().useHandle(handle -> {
            handle.execute("""
                    insert into patches (filename, kernel, architecture, version, sha256, size, added_at)
                    values (?, '5.15.0-107.117-generic', 'amd64', '107.1', sha256('x'), 1, now())""", PATCH.fileName());
            handle.execute("insert into tier_patches select tier_id, patch_id, now() from tiers, patches");
        });
        try (PatchStore store = PatchStores.open(
                new StorageConfig.Postgres(Database.unpooled(test.dsn()), () -> "test", directory.resolve("spool")))) {
            store.put(PATCH, new ByteArrayInputStream(BYTES), Sha256.of(BYTES));
        }
        // The first unit writes down where patches are.
        ahead = ClockedUnit.start(1, Duration.ofDays(400));
        right = ClockedUnit.start(0, Duration.ZERO);
        behind = ClockedUnit.start(2, Duration.ofDays(-400));
        skewed = ClockedUnit.start(3, Duration.ofMinutes(2));
        session = ahead.api().logIn();
        web = ahead.api().authToken(session, "web", "stable");
        lab = ahead.api().authToken(session, "lab", "edge");
    }

    @AfterAll
    static void stop() {
        for (ClockedUnit unit : new ClockedUnit[] {skewed, behind, ahead, right}) {
            unit.close();
        }
        test.close();
    }

    @BeforeEach
    void forgetMachines() {
        test.jdbi().useHandle(handle -> handle.execute("delete from machines"));
    }

    @Test
    void everyReportIsStoredInTheOrderInWhichItCameWhicheverUnitItCameTo() {
        String token = right.api().enrol("m", web);
        ClockedUnit[] units = {right, ahead, right, behind, ahead, behind, right};
        for (int i = 0; i < units.length; i++) {
            assertThat(units[i].checkIn(token, i)).isEqualTo(200);
            assertThat(test.value("select uptime from machine_reports")).isEqualTo(String.valueOf(i));
        }
    }

    @Test
    void timesOfSharedRowsAreTheDatabases() {
        String token = ahead.api().enrol("m", web);
        assertThat(ahead.checkIn(token, 1)).isEqualTo(200);

        assertThat(test.value("""
                select bool_and(at between now() - interval '10 minutes' and now()) from (
                  select enrolled_at from machines union all select seen_at from machine_reports
                  union all select created_at from auth_tokens) times (at)""")).isEqualTo("t");
    }

    @Test
    void timesOfPatchesAndTheirStoreAreTheDatabases() {
        String name = "livepatch-5.15.0-107.117-generic-107.2-amd64.tar.bz2";
        byte[] bytes = PatchFiles.bytes(name, 1);
        assertThat(ahead.api()
                        .upload(session, name, Sha256.of(bytes), BodyPublishers.ofByteArray(bytes))
                        .status())
                .isEqualTo(201);
        change("promote", "{\"version\":\"107.2\",\"tier\":\"beta\"}");
        change("promote-all", "{\"from\":\"beta\",\"to\":\"candidate\"}");
        change("block", "{\"version\":\"107.2\",\"reason\":\"it panics\"}");

        assertThat(test.value("""
                select count(*) || ' ' || bool_and(at between now() - interval '10 minutes' and now()) from (
                  select added_at from patches union all select blocked_at from patches where block_reason is not null
                  union all select promoted_at from tier_patches join patches using (patch_id) where version = '107.2'
                  union all select since from patch_store) times (at)""")).isEqualTo("7 true");
    }

    private static void change(String what, String body) {
        assertThat(ahead.api().post("/v1/admin/patches/" + what, session, body).status())
                .isEqualTo(200);
    }

    @Test
    void unitWhoseClockIsAheadTreatsNoMachineAsSilent() {
        String token = right.api().enrol("m", web);
        assertThat(right.checkIn(token, 1)).isEqualTo(200);

        assertThat(enrol(ahead, lab)).isEqualTo(409);
        assertThat(right.checkIn(token, 2)).isEqualTo(200);
    }

    @Test
    void unitWhoseClockIsBehindDetectsASilentMachine() {
        right.api().enrol("m", web);
        test.jdbi().useHandle(h -> h.execute("update machines set enrolled_at = now() - interval '25 hours'"));

        assertThat(enrol(behind, lab)).isEqualTo(200);
    }

    private static int enrol(ClockedUnit unit, String authToken) {
        return unit.api()
                .post("/v1/client/m", authToken, "{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\"}")
                .status();
    }

    @Test
    void aUrlThatPromisesMoreThanUnitsMayIsRefused() {
        String token = right.api().enrol("m", web);

        Api.Answer refused = right.api().get(ahead.offered(token), "");

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().path("detail").asString()).contains("server.url-ttl", "clock", "check in again");
        assertThat(right.api().get(behind.offered(token), "").status()).isEqualTo(403);
    }

    @Test
    void clocksMayDifferALittle() {
        String token = right.api().enrol("m", web);

        assertThat(right.api().get(skewed.offered(token), "").status()).isEqualTo(200);
        assertThat(skewed.api().get(right.offered(token), "").status()).isEqualTo(200);
        assertThat(right.api().get(right.offered(token), "").status()).isEqualTo(200);
    }
}
