package io.livepatch.server.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.FixedCatalog;
import io.livepatch.server.MachineApi;
import io.livepatch.server.MachineApi.Answer;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.KernelNames;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MachineResourceIT {
    static final List<String> REFUSED_KERNELS = KernelNames.REFUSED;

    private static final Patch PATCH = new Patch(
            PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2"), 9, Sha256.of("x".getBytes(UTF_8)));

    private static final String KEY = "A".repeat(43);

    private static TestDatabase test;
    private static MachineApi api;
    private static String stable;

    @BeforeAll
    static void start() {
        test = TestDatabase.fresh();
        api = new MachineApi(test, new FixedCatalog(PATCH));
        stable = api.authToken("stable", "stable");
    }

    @AfterAll
    static void stop() {
        api.close();
        test.close();
    }

    @Test
    void enrolmentAnswersTokenAndTierAndKeepsOnlyTheHash() {
        Answer answer = api.send("POST", "/v1/client/m-enrol", stable, MachineApi.ENROLMENT);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("tier").asString()).isEqualTo("stable");
        String token = answer.json().path("machine-token").asString();
        assertThat(token).matches("[A-Za-z0-9_-]{43}");
        assertThat(query("select encode(token_hash, 'hex') from machines where machine_id = 'm-enrol'"))
                .isEqualTo(Sha256.of(token.getBytes(UTF_8)).hex());
    }

    @Test
    void firstCheckInAfterAnEnrolmentReadsNoToken() {
        try (MachineApi fresh = new MachineApi(test, new FixedCatalog(PATCH))) {
            String token = fresh.enrol("m-first", stable);

            assertThat(fresh.checkIn("m-first", token, MachineApi.CHECK_IN).status())
                    .isEqualTo(204);

            assertThat(fresh.metrics().scrape()).contains("method=\"enrol\"").doesNotContain("method=\"findByTokens\"");
        }
    }

    @Test
    void enrolmentsOfOneMachineAtTheSameTimeAnswerTheSameToken() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> tokens = IntStream.range(0, 16)
                    .mapToObj(_ -> threads.submit(() -> api.enrol("m-many", stable, KEY)))
                    .toList();
            String first = tokens.getFirst().get();
            for (Future<String> token : tokens) {
                assertThat(token.get()).isEqualTo(first);
            }
            assertThat(api.enrol("m-many", stable, KEY)).isEqualTo(first);
            assertThat(api.send("GET", "/v1/client/m-many/info", first, "").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void enrolmentOfAReleasedMachineWithAnotherAuthTokenAnswersAnotherTokenAndEndsTheOldOne() {
        String old = api.enrol("m-moves", stable);
        String edge = api.authToken("edge-moves", "edge");
        test.jdbi().useHandle(h -> h.execute("update machines set released_at = now() where machine_id = 'm-moves'"));

        String now = api.enrol("m-moves", edge);

        assertThat(now).isNotEqualTo(old);
        assertThat(api.send("GET", "/v1/client/m-moves/info", old, "").status()).isEqualTo(401);
        assertThat(api.checkIn("m-moves", old, MachineApi.CHECK_IN).status()).isEqualTo(401);
        assertThat(api.send("GET", "/v1/client/m-moves/info", now, "")
                        .json()
                        .path("tier")
                        .asString())
                .isEqualTo("edge");
    }

    @Test
    void revokedAuthTokenEnrolsNoMachineAndItsMachinesStay() {
        String auth = api.authToken("revoked", "beta");
        String token = api.enrol("m-revoked", auth);
        test.jdbi().useHandle(h -> h.execute("update auth_tokens set revoked_at = now() where label = 'revoked'"));

        Answer refused = api.send("POST", "/v1/client/m-revoked", auth, MachineApi.ENROLMENT);

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.detail()).contains("revoked");
        assertThat(api.checkIn("m-revoked", token, MachineApi.CHECK_IN).status())
                .isEqualTo(204);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Basic YTpi",
                "Bearer a b",
                "Bearer 00000000-0000-0000-0000-000000000000"
            })
    void unknownOrMalformedAuthTokenIsChallenged(String authorization) {
        Answer answer = api.sendWith("POST", "/v1/client/m-nobody", authorization, MachineApi.ENROLMENT);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).hasValue("Bearer realm=\"livepatch\"");
    }

    @Test
    void tokenOfAbsurdLengthIsChallenged() {
        assertThat(api.sendWith("GET", "/v1/client/m/info", "Bearer " + "a".repeat(6000), "")
                        .status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "m1     | {\"architecture\":\"amd64\"}                                         | kernel",
                "m1     | {\"kernel\":\"5.15/1\",\"architecture\":\"amd64\"}                   | invalid kernel",
                "m1     | {\"kernel\":\"a\\u0000\",\"architecture\":\"amd64\"}                  | invalid kernel",
                "m1     | {\"kernel\":\"5.15.0-1-generic\"}                                    | architecture",
                "m1     | {\"kernel\":\"5.15.0-1-generic\",\"architecture\":\"AMD 64\"}        | invalid architecture",
                "m1     | {\"kernel\":7}{                                                      | JSON",
                "m1     | [                                                                    | JSON",
                "m1     | null                                                                 | body is missing",
                "m1     | {\"kernel\":\"5.15.0-1-generic\",\"architecture\":\"amd64\",\"enrolment-key\":\"short\"} | enrolment-key",
                "m1     | {\"kernel\":\"5.15.0-1-generic\",\"architecture\":\"amd64\",\"enrolment-key\":\"0123456789/0123456789+0\"} | enrolment-key",
                "m%20id | {\"kernel\":\"5.15.0-1-generic\",\"architecture\":\"amd64\"}         | invalid machine id",
            })
    void malformedEnrolmentIsRefused(String machine, String body, String detail) {
        Answer answer = api.send("POST", "/v1/client/" + machine, stable, body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.detail()).contains(detail);
    }

    /** Enrolment, check-in, ping and the question for support: none judges a kernel by the form of its name. */
    @ParameterizedTest
    @MethodSource("io.livepatch.testing.KernelNames#accepted")
    void machineWithAnyKernelIsServed(String kernel) {
        String facts = facts(kernel, "x86_64");

        Answer enrolled = api.send("POST", "/v1/client/m-kernel", stable, facts);

        assertThat(enrolled.status()).as(enrolled::text).isEqualTo(200);
        String token = enrolled.json().path("machine-token").asString();
        assertThat(api.checkIn("m-kernel", token, facts).status()).isEqualTo(204);
        assertThat(api.send("GET", "/v1/client/m-kernel/info", token, "")
                        .json()
                        .path("kernel")
                        .asString())
                .isEqualTo(kernel);
        assertThat(ping("m-kernel", token, escaped(kernel), "1.1", "ping_err", "apply-failed")
                        .status())
                .isEqualTo(204);
    }

    @ParameterizedTest
    @FieldSource("REFUSED_KERNELS")
    void kernelThatIsTooLongOrNotPrintableIsRefused(String kernel) {
        String facts = facts(kernel, "amd64");
        String token = api.enrol("m-kernel", stable);

        for (Answer answer : List.of(
                api.send("POST", "/v1/client/m-kernel", stable, facts), api.checkIn("m-kernel", token, facts))) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.detail()).contains("invalid kernel");
        }
    }

    @Test
    void machineThatLeftIsUnknownAlthoughItsTokenWasRemembered() {
        String token = api.enrol("m-leaves", stable);
        assertThat(api.checkIn("m-leaves", token, MachineApi.CHECK_IN).status()).isEqualTo(204);

        assertThat(api.send("DELETE", "/v1/client/m-leaves", token, "").status())
                .isEqualTo(204);

        assertThat(query("select count(*)::text from machine_reports where machine_id = 'm-leaves'"))
                .isEqualTo("0");
        assertThat(api.checkIn("m-leaves", token, MachineApi.CHECK_IN).status()).isEqualTo(401);
        assertThat(api.send("GET", "/v1/client/m-leaves/info", token, "").status())
                .isEqualTo(401);
        assertThat(api.send("DELETE", "/v1/client/m-leaves", token, "").status())
                .isEqualTo(401);
    }

    @Test
    void tokenThatAnotherUnitEndedIsForgottenByItsNotification() {
        String token = api.enrol("m-elsewhere", stable);
        assertThat(api.checkIn("m-elsewhere", token, MachineApi.CHECK_IN).status())
                .isEqualTo(204);
        try (DatabaseEvents events = new DatabaseEvents(test.database(), DatabaseEvents.CATCH_UP)) {
            api.tokens().subscribe(events);
            TestDatabase.startAndAwait(events);
            assertThat(api.checkIn("m-elsewhere", token, MachineApi.CHECK_IN).status())
                    .isEqualTo(204);

            test.jdbi().useHandle(h -> h.execute("delete from machines where machine_id = 'm-elsewhere'"));

            // An unknown version is refused before a database query, so only a token that is not cached
            // answers 401.
            await().until(() -> api.send("POST", "/v1/client/m-elsewhere/pings", token, "{\"type\":\"ping_9\"}")
                            .status()
                    == 401);
        }
    }

    @Test
    void tokenOfAnotherMachineIsForbiddenEverywhere() {
        String token = api.enrol("m-own", stable);
        api.enrol("m-other", stable);

        assertThat(api.send("GET", "/v1/client/m-other/info", token, "").status())
                .isEqualTo(403);
        assertThat(api.send("DELETE", "/v1/client/m-other", token, "").status()).isEqualTo(403);
        assertThat(api.send("POST", "/v1/client/m-other/pings", token, "{}").status())
                .isEqualTo(403);
        assertThat(api.checkIn("m-other", token, MachineApi.CHECK_IN).status()).isEqualTo(403);
    }

    @Test
    void infoReturnsTheLastReport() {
        String token = api.enrol("m-info", stable);
        Answer before = api.send("GET", "/v1/client/m-info/info", token, "");
        api.checkIn("m-info", token, """
                {"kernel":"5.15.0-108.118-generic","architecture":"amd64","patch":{"version":"108.2","state":"applied"}}""");

        Answer after = api.send("GET", "/v1/client/m-info/info", token, "");

        assertThat(before.json().propertyNames())
                .containsExactlyInAnyOrder("machine-id", "tier", "enrolled-at", "kernel");
        assertThat(after.json().path("kernel").asString()).isEqualTo("5.15.0-108.118-generic");
        assertThat(after.json().path("last-check-in").asString()).endsWith("Z");
        assertThat(after.json().path("patch").toString()).isEqualTo("{\"version\":\"108.2\",\"state\":\"applied\"}");
    }

    @Test
    void pingOfKnownPatchIsCountedByItsName() {
        String token = api.enrol("m-ping", stable);

        Answer answer = ping("m-ping", token, "5.15.0-107.117-generic", "107.1", "ping_2", "applied");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(api.metrics().scrape())
                .contains("livepatch_patch_ping_events{architecture=\"amd64\",kernel=\"5.15.0-107.117-generic\","
                        + "patch_state=\"applied\",patch_version=\"107.1\",ping_type=\"ping_2\",tier=\"stable\"} 1.0");
    }

    @Test
    void pingOfAnUnknownPatchMakesNoSeriesOfItsOwn() {
        String token = api.enrol("m-made-up", stable);

        assertThat(ping("m-made-up", token, "5.15.0-999.999-generic", "77.7", "ping_err", "apply-failed")
                        .status())
                .isEqualTo(204);

        assertThat(api.metrics().scrape())
                .contains("ping_type=\"ping_err\"", "kernel=\"unknown\"")
                .doesNotContain("999.999", "77.7");
    }

    @ParameterizedTest
    @CsvSource({"ping_9,applied,type", "ping_0,fine,state"})
    void pingOfUnknownKindIsRefused(String type, String state, String detail) {
        String token = api.enrol("m-ping-bad", stable);

        Answer answer = ping("m-ping-bad", token, "5.15.0-107.117-generic", "107.1", type, state);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.detail()).contains(detail);
    }

    private static Answer ping(String machine, String token, String kernel, String version, String type, String state) {
        return api.send(
                "POST",
                "/v1/client/" + machine + "/pings",
                token,
                "{\"kernel\":\"%s\",\"patch-version\":\"%s\",\"type\":\"%s\",\"state\":\"%s\",\"message\":\"m\"}"
                        .formatted(kernel, version, type, state));
    }

    private static String facts(String kernel, String architecture) {
        return "{\"kernel\":\"%s\",\"architecture\":\"%s\"}".formatted(escaped(kernel), architecture);
    }

    /** In ASCII with JSON escapes, so that half of a surrogate pair is sent unchanged. */
    private static String escaped(String text) {
        return text.chars().mapToObj("\\u%04x"::formatted).collect(Collectors.joining());
    }

    private static String query(String sql) {
        return test.jdbi()
                .withHandle(
                        handle -> handle.createQuery(sql).mapTo(String.class).one());
    }
}
