package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Two units as processes on one database: a change that one unit has answered is in effect at the other. All tests have the same units,
 * so each leaves both of them running and in step.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ReadYourWritesIT {
    @TempDir
    static Path work;

    private final TestDatabase database = TestDatabase.fresh();
    private ServerProcess one;
    private ServerProcess two;
    private String session = "";

    @BeforeAll
    void startTwoUnits() {
        one = ServerProcess.ready(unit(1));
        two = ServerProcess.ready(unit(2));
        session = one.api().logIn();
    }

    private Map<String, String> unit(int number) {
        Map<String, String> environment =
                new LinkedHashMap<>(ServerProcess.environment(database.dsn(), work.resolve("unused")));
        environment.put("LP_SERVER_UNIT", "livepatch/" + number);
        environment.put("LP_PATCH_STORAGE_TYPE", "postgres");
        environment.put("LP_PATCH_CACHE_PATH", work.resolve("cache" + number).toString());
        environment.put("LP_SERVER_CHANGE_WAIT", "2s");
        return environment;
    }

    @AfterAll
    void stop() {
        one.close();
        two.close();
        database.close();
    }

    private JsonNode tier(String name) {
        Api.Answer answer = one.api().post("/v1/admin/tiers", session, "{\"name\":\"" + name + "\"}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.json().path("name").asString()).isEqualTo(name);
        return answer.json().path("seen-by");
    }

    /** The revision of the catalog in the memory of the second unit, from its own memory. */
    private long revisionOfTwo() {
        return two.api()
                .get("/debug/status", "")
                .json()
                .path("snapshot")
                .path("revision")
                .asLong();
    }

    @Test
    void aChangeIsAnsweredWhenEveryUnitHasIt() {
        for (int n = 0; n < 10; n++) {
            JsonNode seenBy = tier("tier-" + n);

            assertThat(seenBy.path("units").asInt()).isEqualTo(2);
            assertThat(seenBy.path("lagging").size()).isZero();
            assertThat(revisionOfTwo())
                    .isGreaterThanOrEqualTo(seenBy.path("revision").asLong());
        }
    }

    /** Uploads a patch of this version to the first unit, and gives it to machines of tier stable. */
    private void promote(String version) {
        String name = "livepatch-5.15.0-107.117-generic-" + version + "-amd64.tar.bz2";
        byte[] bytes = PatchFiles.bytes(name, 1);
        assertThat(one.api()
                        .upload(session, name, Sha256.of(bytes), BodyPublishers.ofByteArray(bytes))
                        .status())
                .isEqualTo(201);
        seenByAll(one.api()
                .post("/v1/admin/patches/promote", session, "{\"version\":\"" + version + "\",\"tier\":\"stable\"}"));
    }

    private static void seenByAll(Api.Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
        JsonNode seenBy = answer.json().path("seen-by");
        assertThat(seenBy.path("units").asInt()).isEqualTo(2);
        assertThat(seenBy.path("lagging").size()).isZero();
    }

    @Test
    void aPromotedPatchIsOfferedByTheOtherUnitAtOnceAndABlockedOneIsNot() {
        String token = one.api().enrol("m", one.api().authToken(session, "web", "stable"));
        assertThat(two.api().checkIn("m", token, 1).status()).isEqualTo(204);
        for (int n = 1; n <= 5; n++) {
            promote("107." + n);

            Api.Answer offered = two.api().checkIn("m", token, 1);
            assertThat(offered.status()).isEqualTo(200);
            assertThat(offered.json().path("version").asString()).isEqualTo("107." + n);
            String url = offered.json().path("url").asString();
            assertThat(two.api().get(url, "").status()).isEqualTo(200);

            seenByAll(one.api()
                    .post(
                            "/v1/admin/patches/block",
                            session,
                            "{\"version\":\"107." + n + "\",\"reason\":\"it panics\"}"));

            assertThat(two.api().checkIn("m", token, 1).status()).isEqualTo(204);
            assertThat(two.api().get(url, "").status()).isEqualTo(404);
        }
    }

    @Test
    void aNotificationThatIsLostDoesNotMakeAUnitLag() {
        String notifies = database.value("select pg_get_functiondef('catalog_changed'::regproc)");
        database.jdbi().useHandle(handle -> handle.execute("""
                create or replace function catalog_changed() returns trigger language plpgsql as $$
                begin
                  update catalog_revision set revision = revision + 1;
                  return null;
                end
                $$"""));

        JsonNode seenBy = tier("unannounced");

        assertThat(seenBy.path("lagging").size()).isZero();
        assertThat(revisionOfTwo())
                .isGreaterThanOrEqualTo(seenBy.path("revision").asLong());
        database.jdbi().useHandle(handle -> handle.execute(notifies));
    }

    @Test
    void aUnitThatDoesNotAnswerIsNamedAndCatchesUp() {
        two.signal("STOP");
        JsonNode lagging = tier("early");
        assertThat(lagging.path("units").asInt()).isEqualTo(2);
        assertThat(lagging.path("lagging").toString()).isEqualTo("[\"livepatch/2\"]");

        two.signal("CONT");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(revisionOfTwo())
                        .isGreaterThanOrEqualTo(lagging.path("revision").asLong()));
        assertThat(tier("later").path("lagging").size()).isZero();
    }

    @Test
    void eachWorkerOfAUnitHasToHaveIt() {
        try (ServerProcess sibling = ServerProcess.ready(unit(2))) {
            sibling.signal("STOP");

            JsonNode seenBy = tier("of-workers");

            assertThat(seenBy.path("units").asInt()).isEqualTo(2);
            assertThat(seenBy.path("lagging").toString()).isEqualTo("[\"livepatch/2\"]");
            sibling.signal("CONT");
            sibling.terminate();
            assertThat(sibling.exitCode()).isZero();
        }
    }

    @Test
    void aUnitThatEndedIsNotWaitedForAndOneThatWasKilledForAWhileOnly() {
        two.terminate();
        assertThat(two.exitCode()).isZero();

        JsonNode alone = tier("of-one");
        assertThat(alone.path("units").asInt()).isEqualTo(1);
        assertThat(alone.path("lagging").size()).isZero();

        two.close();
        two = ServerProcess.ready(unit(2));
        two.kill();
        assertThat(tier("killed").path("lagging").toString()).isEqualTo("[\"livepatch/2\"]");
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "update unit_processes set seen_at = now() - interval '31 s' where unit = 'livepatch/2'"));
        assertThat(tier("last").path("units").asInt()).isEqualTo(1);
        two.close();
        two = ServerProcess.ready(unit(2));
    }

    @Test
    void clientThatDoesNotWaitGetsTheStateAtOnce() {
        two.signal("STOP");
        try {
            Api.Answer answer = one.api()
                    .send("DELETE", "/v1/admin/tiers/beta", session, BodyPublishers.noBody(), "Prefer", "wait=0");

            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.header("Livepatch-Units")).isEqualTo("2");
            assertThat(answer.header("Livepatch-Lagging")).isEqualTo("livepatch/2");
        } finally {
            two.signal("CONT");
        }
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Api.Answer answer = one.api().get("/v1/admin/units", session);
            assertThat(answer.header("Livepatch-Lagging")).isEmpty();
            assertThat(answer.json().path("seen-by").path("units").asInt()).isEqualTo(2);
        });
    }
}
