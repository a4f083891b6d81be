package io.livepatch.server.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.FixedCatalog;
import io.livepatch.server.Logs;
import io.livepatch.server.MachineApi;
import io.livepatch.server.MachineApi.Answer;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.database.DatabaseEvents;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Enrolment of a machine that is enrolled already, at two units. */
final class EnrolmentIT {
    private static final String KEY = "k".repeat(43);
    private static final String OTHER = "o".repeat(43);

    private static TestDatabase test;
    private static MachineApi unit;
    private static MachineApi second;
    private static String stable;
    private static String edge;

    @BeforeAll
    static void start() {
        test = TestDatabase.fresh();
        unit = new MachineApi(test, new FixedCatalog());
        second = new MachineApi(test, new FixedCatalog());
        stable = unit.authToken("web", "stable");
        edge = unit.authToken("lab", "edge");
    }

    @AfterAll
    static void stop() {
        second.close();
        unit.close();
        test.close();
    }

    @BeforeEach
    void reset() {
        test.jdbi().useHandle(h -> h.execute("delete from machines"));
    }

    @Test
    void clientThatRepeatsItsEnrolmentGetsTheSameTokenFromEveryUnit() throws Exception {
        Set<String> tokens = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> enrolments = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                MachineApi one = i % 2 == 0 ? unit : second;
                enrolments.add(threads.submit(() -> one.enrol("m", stable, KEY)));
            }
            for (Future<String> enrolment : enrolments) {
                tokens.add(enrolment.get());
            }
        }
        assertThat(tokens).hasSize(1);
        assertThat(checkIn(second, tokens.iterator().next())).isEqualTo(204);
    }

    @Test
    void ofClientsThatEnrolANewMachineAtTheSameTimeOneGetsIt() throws Exception {
        List<Integer> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> enrolments = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                MachineApi one = i % 2 == 0 ? unit : second;
                String key = String.format("%043d", i);
                enrolments.add(threads.submit(() -> {
                    Answer answer = one.tryEnrol("m", stable, key);
                    // 503: more of one source than are looked up at once.
                    while (answer.status() == 503) {
                        answer = one.tryEnrol("m", stable, key);
                    }
                    return answer.status();
                }));
            }
            for (Future<Integer> enrolment : enrolments) {
                answers.add(enrolment.get());
            }
        }
        assertThat(answers.stream().filter(status -> status == 200)).hasSize(1);
        assertThat(answers.stream().filter(status -> status == 409)).hasSize(15);
    }

    @ParameterizedTest
    @CsvSource({"web, another key", "web, no key", "lab, the same key", "lab, another key", "lab, no key"})
    void anotherClientDoesNotGetAMachineThatIsAlive(String authToken, String client) {
        String key = switch (client) {
            case "another key" -> OTHER;
            case "the same key" -> KEY;
            default -> "";
        };
        String token = unit.enrol("m", stable, KEY);
        assertThat(checkIn(unit, token)).isEqualTo(204);
        // The report alone keeps others out.
        test.jdbi().useHandle(h -> h.execute("update machines set enrolled_at = now() - interval '90 days'"));

        Answer answer;
        try (Logs logs = Logs.capture()) {
            answer = second.tryEnrol("m", authToken.equals("web") ? stable : edge, key);
            assertThat(logs.lines()).anyMatch(line -> line.contains("machine_takeover_refused:m"));
        }

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.header("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.detail())
                .contains(
                        "with another " + (authToken.equals("web") ? "enrolment key" : "auth token"),
                        "within the last 24h",
                        "'livepatch-admin machine release m'",
                        "'livepatch-client disable'")
                .doesNotContain(stable, edge, KEY, OTHER);
        assertThat(second.metrics().scrape()).contains("refused_requests_total{reason=\"machine-takeover\"}");
        assertThat(checkIn(unit, token)).isEqualTo(204);
        assertThat(unit.send("GET", "/v1/client/m/info", token, "").text()).contains("stable");
        assertThat(unit.enrol("m", stable, KEY)).isEqualTo(token);
    }

    @Test
    void keylessMachineIsNotTakenByAnotherAuthToken() {
        String token = unit.enrol("m", stable);

        assertThat(second.tryEnrol("m", edge, "").status()).isEqualTo(409);
        assertThat(second.tryEnrol("m", edge, KEY).status()).isEqualTo(409);

        assertThat(checkIn(unit, token)).isEqualTo(204);
    }

    @Test
    void clientWithoutAKeyGetsANewTokenAndTheOldOneEnds() {
        String old = unit.enrol("m", stable);

        String now;
        try (Logs logs = Logs.capture()) {
            now = second.enrol("m", stable);
            assertThat(logs.lines())
                    .anyMatch(line -> line.contains("machine_token_replaced:m"))
                    .noneMatch(line -> line.contains(old));
        }

        assertThat(now).isNotEqualTo(old);
        assertThat(checkIn(unit, old)).isEqualTo(401);
        assertThat(checkIn(unit, now)).isEqualTo(204);
    }

    /** Its row has no key, as every row has that an earlier version wrote. */
    @Test
    void machineFromBeforeTakesTheFirstKeyThatComesWithItsAuthToken() {
        String old = unit.enrol("m", stable);

        String now = unit.enrol("m", stable, KEY);

        assertThat(checkIn(unit, old)).isEqualTo(401);
        assertThat(unit.enrol("m", stable, KEY)).isEqualTo(now);
        assertThat(unit.tryEnrol("m", stable, OTHER).status()).isEqualTo(409);
        assertThat(unit.tryEnrol("m", stable, "").status()).isEqualTo(409);
    }

    @Test
    void machineThatWasSilentIsTakenOverAndItsTokenEndsEverywhere() {
        String old = unit.enrol("m", stable, KEY);
        assertThat(checkIn(second, old)).isEqualTo(204);
        silent("23 hours 59 minutes");
        assertThat(unit.tryEnrol("m", edge, OTHER).status()).isEqualTo(409);
        silent("24 hours 1 minute");

        try (DatabaseEvents events = new DatabaseEvents(test.database(), DatabaseEvents.CATCH_UP)) {
            second.tokens().subscribe(events);
            TestDatabase.startAndAwait(events);
            String now = unit.enrol("m", edge, OTHER);

            // A ping of an unknown kind is refused before a database query: 401 shows that the token is not cached.
            await().until(() -> second.send("POST", "/v1/client/m/pings", old, "{\"type\":\"ping_9\"}")
                            .status()
                    == 401);
            assertThat(checkIn(second, old)).isEqualTo(401);
            assertThat(checkIn(second, now)).isEqualTo(204);
            assertThat(unit.tryEnrol("m", stable, KEY).status()).isEqualTo(409);
        }
    }

    @Test
    void enrolmentIsASignOfLife() {
        unit.enrol("m", stable, KEY);

        assertThat(unit.tryEnrol("m", edge, OTHER).status()).isEqualTo(409);
    }

    @Test
    void releasedMachineIsTakenOverOnce() {
        String old = unit.enrol("m", stable, KEY);
        release();
        assertThat(checkIn(unit, old)).as("it goes on until it is enrolled").isEqualTo(204);

        String now = unit.enrol("m", edge, OTHER);

        assertThat(checkIn(unit, old)).isEqualTo(401);
        assertThat(checkIn(unit, now)).isEqualTo(204);
        assertThat(unit.tryEnrol("m", stable, KEY).status()).isEqualTo(409);
    }

    @Test
    void releasedMachineThatItsOwnClientEnrolsGetsANewTokenOnce() {
        String old = unit.enrol("m", stable, KEY);
        release();

        String now = unit.enrol("m", stable, KEY);

        assertThat(now).isNotEqualTo(old);
        assertThat(unit.enrol("m", stable, KEY)).isEqualTo(now);
        assertThat(unit.tryEnrol("m", stable, OTHER).status()).isEqualTo(409);
    }

    @Test
    void unusedReleaseExpiresAfterTheTakeoverTime() {
        String token = unit.enrol("m", stable, KEY);
        test.jdbi().useHandle(h -> h.execute("update machines set released_at = now() - interval '25 hours'"));

        assertThat(unit.tryEnrol("m", edge, OTHER).status()).isEqualTo(409);
        assertThat(unit.tryEnrol("m", stable, OTHER).status()).isEqualTo(409);
        assertThat(unit.enrol("m", stable, KEY)).isEqualTo(token);

        test.jdbi().useHandle(h -> h.execute("update machines set released_at = now() - interval '23 hours'"));
        assertThat(unit.tryEnrol("m", edge, OTHER).status()).isEqualTo(200);
    }

    @Test
    void machinesOfSharedImagesGetOneTokenForOneId() {
        String images = unit.authToken("images", "stable", true);

        String first = unit.enrol("m", images, KEY);

        assertThat(second.enrol("m", images, OTHER)).isEqualTo(first);
        assertThat(second.enrol("m", images)).isEqualTo(first);
        assertThat(checkIn(unit, first)).isEqualTo(204);
        assertThat(unit.tryEnrol("m", stable, KEY).status()).isEqualTo(409);
        release();
        assertThat(unit.enrol("m", images, KEY)).isNotEqualTo(first);
    }

    private static int checkIn(MachineApi at, String token) {
        return at.checkIn("m", token, MachineApi.CHECK_IN).status();
    }

    private static void release() {
        test.jdbi().useHandle(h -> h.execute("update machines set released_at = now()"));
    }

    private static void silent(String since) {
        test.jdbi().useHandle(h -> {
            h.execute("update machines set enrolled_at = now() - ?::interval", since);
            h.execute("update machine_reports set seen_at = now() - ?::interval", since);
        });
    }
}
