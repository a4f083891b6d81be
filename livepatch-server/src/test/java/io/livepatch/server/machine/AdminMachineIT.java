package io.livepatch.server.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.AdminApi;
import io.livepatch.server.AdminApi.Answer;
import io.livepatch.server.FixedCatalog;
import io.livepatch.server.Logs;
import io.livepatch.server.MachineApi;
import io.livepatch.server.TestDatabase;
import io.livepatch.storage.MemoryPatchStore;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The admin API of machines. */
final class AdminMachineIT {
    private static final String KEY = "k".repeat(43);

    private static TestDatabase test;
    private static AdminApi admin;
    private static MachineApi machines;
    private String web = "";
    private String lab = "";

    @BeforeAll
    static void start() {
        test = TestDatabase.fresh();
        admin = new AdminApi(test.database(), new MemoryPatchStore(), InstantSource.system(), 1 << 20).logIn();
        machines = new MachineApi(test, new FixedCatalog());
    }

    @AfterAll
    static void stop() {
        machines.close();
        admin.close();
        test.close();
    }

    @BeforeEach
    void reset() {
        test.reset();
        web = issue("web", "stable");
        lab = issue("lab", "edge");
    }

    private static String issue(String id, String tier) {
        return admin.post("/auth-token", "{\"id\":\"" + id + "\",\"tier\":\"" + tier + "\"}")
                .json()
                .path("auth-token")
                .asString();
    }

    @Test
    void machineIsShownWithItsReport() {
        String token = machines.enrol("m1", web, KEY);
        machines.checkIn("m1", token, """
                {"kernel":"5.15.0-108.118-generic","architecture":"amd64","boot-time":"2026-01-02T03:04:05Z",
                 "patch":{"version":"108.2","state":"applied"}}""");

        Answer answer = admin.get("/machines/m1");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().propertyNames())
                .containsExactly(
                        "id",
                        "tier",
                        "auth-token",
                        "kernel",
                        "architecture",
                        "enrolled-at",
                        "last-check-in",
                        "boot-time",
                        "patch-version",
                        "patch-state",
                        "enrolment-key",
                        "duplicate",
                        "boot-reversals");
        assertThat(answer.text())
                .contains(
                        "\"auth-token\":\"web\"",
                        "\"kernel\":\"5.15.0-108.118-generic\"",
                        "\"boot-time\":\"2026-01-02T03:04:05Z\"",
                        "\"enrolment-key\":true",
                        "\"duplicate\":false")
                .doesNotContain(token, KEY, web);
        assertThat(admin.get("/machines/none").status()).isEqualTo(404);
        assertThat(admin.get("/machines/a%20b").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "'', m1 m2 m3",
        "?tier=edge, m2",
        "?auth-token=web, m1 m3",
        "?kernel=5.15.0-107.117-generic&tier=stable, m1 m3",
        "?kernel=5.15.0-1-generic, ''",
        "?duplicate=true, m3",
        "?duplicate=false&after=m1, m2 m3",
        "?limit=2, m1 m2 …",
    })
    void machinesAreListedByFilter(String query, String ids) {
        machines.enrol("m1", web, KEY);
        machines.enrol("m2", lab, KEY);
        String token = machines.enrol("m3", web, KEY);
        for (String day : List.of("02", "01", "02", "01")) {
            machines.checkIn("m3", token, """
                    {"kernel":"5.15.0-107.117-generic","architecture":"amd64","boot-time":"2026-01-%sT00:00:00Z"}""".formatted(day));
        }

        var answer = admin.get("/machines" + query).json();

        StringBuilder found = new StringBuilder();
        answer.path("machines")
                .forEach(machine -> found.append(machine.path("id").asString()).append(' '));
        assertThat((found + (answer.has("next") ? "…" : "")).strip()).isEqualTo(ids);
    }

    @ParameterizedTest
    @CsvSource({"?limit=0", "?duplicate=yes", "?tier=%00"})
    void malformedFilterIsRefused(String query) {
        assertThat(admin.get("/machines" + query).status()).isEqualTo(400);
    }

    @Test
    void releasedMachineGoesToTheNextClient() {
        machines.enrol("m1", web, KEY);
        assertThat(machines.tryEnrol("m1", lab, "").status()).isEqualTo(409);

        assertThat(admin.post("/machines/m1/release", "").status()).isEqualTo(204);

        assertThat(admin.get("/machines/m1").json().has("released-at")).isTrue();
        assertThat(machines.tryEnrol("m1", lab, "").status()).isEqualTo(200);
        assertThat(admin.get("/machines/m1").json().has("released-at")).isFalse();
        assertThat(admin.post("/machines/none/release", "").status()).isEqualTo(404);
    }

    @Test
    void removedMachineIsUnknown() {
        String token = machines.enrol("m1", web, KEY);
        machines.checkIn("m1", token, MachineApi.CHECK_IN);

        assertThat(admin.call("DELETE", "/machines/m1", "").status()).isEqualTo(204);

        assertThat(machines.checkIn("m1", token, MachineApi.CHECK_IN).status()).isEqualTo(401);
        assertThat(admin.call("DELETE", "/machines/m1", "").status()).isEqualTo(404);
        assertThat(test.value("select count(*) from machine_reports")).isEqualTo("0");
    }

    @Test
    void releaseAndRemovalAreLoggedWithUserAndMachine() {
        machines.enrol("m1", web, KEY);
        try (Logs logs = Logs.capture()) {
            admin.post("/machines/m1/release", "");
            admin.call("DELETE", "/machines/m1", "");

            assertThat(logs.lines())
                    .anySatisfy(line -> assertThat(line)
                            .contains(
                                    "type=\"security\"",
                                    "event=\"machine_released:m1\"",
                                    "user=\"ann\"",
                                    "source=\"127.0.0.1\"",
                                    "machine 'm1' may be enrolled by another client"))
                    .anySatisfy(line -> assertThat(line)
                            .contains(
                                    "type=\"security\"",
                                    "event=\"machine_removed:m1\"",
                                    "user=\"ann\"",
                                    "source=\"127.0.0.1\"",
                                    "machine 'm1' removed"));
        }
    }

    @Test
    void authTokenIsRevokedWithItsMachines() {
        test.jdbi().useHandle(h -> h.execute("""
                insert into machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at)
                select 'n' || n, sha256(n::text::bytea), '', auth_token_id, tier_id, 'k', 'a', now()
                from auth_tokens, generate_series(1, 1200) n where label = 'web'"""));
        String gone = machines.enrol("m1", web, KEY);
        String stays = machines.enrol("m2", lab, KEY);
        machines.checkIn("m1", gone, MachineApi.CHECK_IN);
        assertThat(admin.call("DELETE", "/auth-tokens/web?with-machines=perhaps", "")
                        .status())
                .isEqualTo(400);

        assertThat(revokeWithMachines()).isEqualTo(1201);

        assertThat(machines.checkIn("m1", gone, MachineApi.CHECK_IN).status()).isEqualTo(401);
        assertThat(machines.tryEnrol("m1", web, KEY).status()).isEqualTo(403);
        assertThat(machines.checkIn("m2", stays, MachineApi.CHECK_IN).status()).isEqualTo(204);
        assertThat(admin.call("DELETE", "/auth-tokens/web?with-machines=true", "")
                        .text())
                .isEqualTo("{\"id\":\"web\",\"machines\":0,\"left\":0}");
    }

    /** Repeats the request as livepatch-admin does: each one removes machines for a limited time. */
    private static long revokeWithMachines() {
        long removed = 0;
        JsonNode step;
        do {
            step = admin.call("DELETE", "/auth-tokens/web?with-machines=true", "")
                    .json();
            assertThat(step.propertyNames()).containsExactly("id", "machines", "left");
            assertThat(step.path("machines").asLong()).isPositive();
            removed += step.path("machines").asLong();
        } while (step.path("left").asLong() > 0);
        return removed;
    }

    /** As if it left between the choice of machines to remove and their removal. */
    @Test
    void machineThatIsMissingFromABatchDoesNotEndTheRemoval() {
        test.jdbi().useHandle(h -> {
            h.execute("""
                insert into machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at)
                select 'n' || n, sha256(n::text::bytea), '', auth_token_id, tier_id, 'k', 'a', now()
                from auth_tokens, generate_series(1, 1200) n where label = 'web'""");
            h.execute("create sequence deletions_of_n1");
            h.execute("""
                create function leave_out_once() returns trigger language plpgsql as $$
                begin
                  return case when old.machine_id <> 'n1' or nextval('deletions_of_n1') > 1 then old end;
                end
                $$""");
            h.execute(
                    "create trigger leave_out before delete on machines for each row execute function leave_out_once()");
        });
        try {
            assertThat(revokeWithMachines()).isEqualTo(1200);
            assertThat(test.value("select count(*) from machines")).isEqualTo("0");
        } finally {
            test.jdbi().useHandle(h -> {
                h.execute("drop function leave_out_once() cascade");
                h.execute("drop sequence deletions_of_n1");
            });
        }
    }

    @Test
    void releaseIsShownUntilItIsOver() {
        machines.enrol("m1", web, KEY);
        admin.post("/machines/m1/release", "");

        JsonNode released = admin.get("/machines").json().path("machines").path(0);
        Instant at = Instant.parse(released.path("released-at").asString());
        assertThat(Instant.parse(released.path("released-until").asString())).isEqualTo(at.plus(Duration.ofHours(24)));

        test.jdbi().useHandle(h -> h.execute("update machines set released_at = now() - interval '25 hours'"));
        assertThat(admin.get("/machines/m1").json().propertyNames()).doesNotContain("released-at", "released-until");

        admin.post("/machines/m1/release", "");
        assertThat(admin.get("/machines/m1").json().has("released-until"))
                .as("a release may be repeated")
                .isTrue();
    }

    @Test
    void authTokenForSharedImagesIsListedAsSuch() {
        assertThat(admin.post("/auth-token", "{\"id\":\"images\",\"tier\":\"edge\",\"shared-images\":true}")
                        .status())
                .isEqualTo(201);

        assertThat(admin.get("/auth-tokens").text())
                .contains("\"id\":\"images\"")
                .containsOnlyOnce("\"shared-images\":true");
    }

    @ParameterizedTest
    @CsvSource({"GET, /machines", "GET, /machines/m1", "POST, /machines/m1/release", "DELETE, /machines/m1"})
    void everyRouteNeedsASession(String method, String path) {
        assertThat(admin.send(method, path, BodyPublishers.noBody()).status()).isEqualTo(401);
    }
}
