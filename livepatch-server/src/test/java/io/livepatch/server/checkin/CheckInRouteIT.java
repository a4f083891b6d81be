package io.livepatch.server.checkin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.FixedCatalog;
import io.livepatch.server.MachineApi;
import io.livepatch.server.MachineApi.Answer;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.catalog.PatchDecision;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import io.livepatch.storage.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class CheckInRouteIT {
    private static final Patch PATCH = new Patch(
            PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2"), 9, Sha256.of("x".getBytes(UTF_8)));
    private static final PatchVersion VERSION = PatchVersion.parse("107.1");

    private static TestDatabase test;
    private static FixedCatalog catalog;
    private static MachineApi api;
    private static String auth;
    private static String token;

    @BeforeAll
    static void start() {
        test = TestDatabase.fresh();
        catalog = new FixedCatalog(PATCH);
        api = new MachineApi(test, catalog);
        auth = api.authToken("stable", "stable");
        token = api.enrol("m1", auth);
    }

    @AfterAll
    static void stop() {
        api.close();
        test.close();
    }

    @BeforeEach
    void nothingNew() {
        catalog.load(true);
        catalog.decide(new PatchDecision.Withheld("nothing yet"));
    }

    static Stream<Arguments> decisions() {
        return Stream.of(
                Arguments.of(
                        new PatchDecision.Offer(PATCH),
                        200,
                        "{\"action\":\"apply\",\"filename\":\"%s\",\"version\":\"107.1\",\"sha256\":\"%s\",\"size\":9,\"url\":\"https://patches.example/%s\"}"
                                .formatted(PATCH.name(), PATCH.sha256(), PATCH.name())),
                Arguments.of(
                        new PatchDecision.Withdraw(VERSION, "it \"oopses\""),
                        200,
                        "{\"action\":\"unapply\",\"version\":\"107.1\",\"reason\":\"it \\\"oopses\\\"\"}"),
                Arguments.of(new PatchDecision.UpToDate(VERSION), 204, ""),
                Arguments.of(new PatchDecision.Withheld("nothing"), 204, ""));
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void decisionOfTheCatalogIsAnswered(PatchDecision decision, int status, String body) {
        catalog.decide(decision);

        Answer answer = api.checkIn("m1", token, MachineApi.CHECK_IN);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.text()).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource({
        "applied,true",
        "applied-with-bug,true",
        "needs-check,true",
        "apply-failed,false",
        "unapplied,false",
        "nothing-to-apply,false",
        "unknown,false",
        "check-failed,false",
        "kernel-upgrade-required,false"
    })
    void patchCountsAsRunningByItsState(String state, boolean running) {
        String body = """
                {"kernel":"5.15.0-107.117-generic","architecture":"amd64","patch":{"version":"107.1","state":"%s"}}""".formatted(state);

        assertThat(api.checkIn("m1", token, body).status()).isEqualTo(204);

        assertThat(catalog.lastQuery().running().isPresent()).isEqualTo(running);
        assertThat(catalog.lastQuery().tier().name()).isEqualTo("stable");
    }

    @Test
    void everyFieldOfTheReportIsStored() {
        String body = """
                {"kernel":"5.15.0-107.117-generic","architecture":"arm64","client-version":"1.2","cpu-model":"Ampère \\"A\\", {1}\\\\",
                 "boot-time":"2026-01-31T12:00:00Z","uptime":77,"patch":{"version":"107.1","state":"applied"},"new":[1]}""";

        assertThat(api.checkIn("m1", token, body).status()).isEqualTo(204);

        Map<String, Object> row = row("m1");
        assertThat(row)
                .containsEntry("kernel", "5.15.0-107.117-generic")
                .containsEntry("architecture", "arm64")
                .containsEntry("client_version", "1.2")
                .containsEntry("cpu_model", "Ampère \"A\", {1}\\")
                .containsEntry("uptime", 77L)
                .containsEntry("patch_version", "107.1")
                .containsEntry("patch_state", "applied");
        assertThat(row.get("boot_time")).hasToString("2026-01-31 12:00:00.0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                                          | JSON",
                "null                                       | body is missing",
                "{\"architecture\":\"amd64\"}               | 'kernel' is missing",
                "{\"kernel\":\"5.15.0-1-generic\"}          | 'architecture' is missing",
                "{\"kernel\":\"../etc\",\"architecture\":\"amd64\"}          | invalid kernel",
                "+\"uptime\":-1                             | 'uptime' is negative",
                "+\"uptime\":\"long\"                       | 'uptime' has a value of the wrong kind",
                "+\"boot-time\":\"yesterday\"               | 'boot-time' is not a time",
                "+\"boot-time\":\"+1000000-01-01T00:00:00Z\"| 'boot-time' is out of range",
                "+\"cpu-model\":\"a\\u0000b\"               | 'cpu-model' contains a NUL",
                "+\"client-version\":\"a\\u0000b\"          | 'client-version' contains a NUL",
                "+\"patch\":{\"version\":\"107.1\"}         | 'patch.state' is missing",
                "+\"patch\":{\"state\":\"applied\"}         | 'patch.version' is missing",
                "+\"patch\":{\"state\":\"fine\"}            | must be one of",
                "+\"patch\":{\"version\":\"x\",\"state\":\"applied\"} | invalid patch version",
            })
    void malformedReportIsRefused(String body, String detail) {
        String whole = body.startsWith("+") ? MachineApi.CHECK_IN.replace("}", "," + body.substring(1) + "}") : body;

        Answer answer = api.checkIn("m1", token, whole);

        assertThat(answer.status()).as(whole).isEqualTo(400);
        assertThat(answer.detail()).contains(detail);
    }

    @Test
    void textsThatAreTooLongAreRefused() {
        String model = MachineApi.CHECK_IN.replace("}", ",\"cpu-model\":\"" + "x".repeat(201) + "\"}");
        String body = MachineApi.CHECK_IN + " ".repeat(65 << 10);

        assertThat(api.checkIn("m1", token, model).status()).isEqualTo(400);
        // Many times: an answer that is sent before the body was read gets lost now and then.
        for (int i = 0; i < 200; i++) {
            assertThat(api.checkIn("m1", token, body).status()).isEqualTo(413);
        }
    }

    @Test
    void machineIsChallengedWithoutAValidToken() {
        assertThat(api.checkIn("m1", "", MachineApi.CHECK_IN).status()).isEqualTo(401);
        Answer unknown = api.checkIn("m1", "B".repeat(43), MachineApi.CHECK_IN);
        assertThat(unknown.status()).isEqualTo(401);
        assertThat(unknown.header("WWW-Authenticate")).isPresent();
        assertThat(api.send("GET", "/v1/client/m1/updates", token, "").status()).isEqualTo(405);
        assertThat(api.checkIn("m%20x", token, MachineApi.CHECK_IN).status()).isEqualTo(400);
    }

    @Test
    void unitWithoutACatalogAsksToTryAgain() {
        catalog.load(false);

        Answer answer = api.checkIn("m1", token, MachineApi.CHECK_IN);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isPresent();
    }

    @Test
    void reportReplacesOneInTheFuture() {
        String mine = api.enrol("m-future", auth);
        api.checkIn("m-future", mine, MachineApi.CHECK_IN);
        test.jdbi()
                .useHandle(
                        handle -> handle.execute(
                                "update machine_reports set seen_at = now() + interval '1 day', uptime = 5 where machine_id = 'm-future'"));

        assertThat(api.checkIn("m-future", mine, MachineApi.CHECK_IN).status()).isEqualTo(204);

        assertThat(row("m-future")).containsEntry("uptime", null);
    }

    @Test
    void stormIsCommittedInFewStatementsAndBadReportsFailAlone() throws Exception {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tokens.add(api.enrol("storm-" + i, auth));
        }
        double before = commits();
        List<Future<Answer>> good = new ArrayList<>();
        List<Future<Answer>> bad = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 2000; i++) {
                int machine = i % 50;
                long uptime = i;
                good.add(
                        threads.submit(() -> api.checkIn("storm-" + machine, tokens.get(machine), withUptime(uptime))));
                if (i % 20 == 0) {
                    String evil = MachineApi.CHECK_IN.replace("}", ",\"cpu-model\":\"\\u0000\"}");
                    String odd = MachineApi.CHECK_IN.replace("}", ",\"cpu-model\":\"\\ud800 {}\\\"\"}");
                    bad.add(threads.submit(() -> api.checkIn("storm-" + machine, tokens.get(machine), evil)));
                    good.add(threads.submit(() -> api.checkIn("storm-" + machine, tokens.get(machine), odd)));
                }
            }
        }

        for (Future<Answer> answer : good) {
            assertThat(answer.get().status()).isEqualTo(204);
        }
        for (Future<Answer> answer : bad) {
            assertThat(answer.get().status()).isEqualTo(400);
        }
        for (int i = 0; i < 50; i++) {
            assertThat(row("storm-" + i)).isNotEmpty();
        }
        assertThat(commits() - before).isLessThan(1000);
    }

    private static String withUptime(long uptime) {
        return MachineApi.CHECK_IN.replace("}", ",\"uptime\":" + uptime + "}");
    }

    private static double commits() {
        return api.metrics()
                .scrape()
                .lines()
                .filter(line -> line.startsWith("livepatch_server_check_in_batch_size_count "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    private static Map<String, Object> row(String machine) {
        return test.jdbi()
                .withHandle(handle -> handle.createQuery("select * from machine_reports where machine_id = :machine")
                        .bind("machine", machine)
                        .mapToMap()
                        .one());
    }
}
