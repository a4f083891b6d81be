package io.livepatch.fleet.workload;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.fleet.ScriptedServer.Reply;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.Business;
import io.livepatch.fleet.load.IterationException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WorkloadFactoryTest {
    private static final Workload.Pace PACE = Runs.PACE;

    private final Noted noted = new Noted();
    private ScriptedServer server;
    private House house;

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.http();
        house = new House(server);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private Business business(Workload workload) {
        return Flocks.business(Flocks.target(server.uri("")), workload);
    }

    private static IterationException failure(Business business, int monkey, Noted noted) {
        AtomicReference<IterationException> failed = new AtomicReference<>();
        assertThatThrownBy(() -> business.turn(monkey, noted))
                .isInstanceOfSatisfying(IterationException.class, failed::set);
        return failed.get();
    }

    @Test
    void aMachineEnrolsOnceAndPolls() throws Exception {
        try (Business polling = business(new Workload.CheckIn(PACE, 0))) {
            polling.turn(7, noted);
            polling.turn(7, noted);
            polling.turn(8, noted);
        }

        assertThat(noted.steps).containsExactly("enrol", "check-in", "check-in", "enrol", "check-in");
        assertThat(house.enrolled).hasSize(2).allMatch(id -> id.matches("flock-[0-9a-f]{16}-[78]"));
        assertThat(noted.units).isEmpty();
        assertThat(noted.unnamed).hasValue(5);
        assertThat(server.lastRequest().body())
                .contains(Samples.PLATFORM.kernel().text())
                .containsPattern("\"uptime\":\\d{2,}");
    }

    @Test
    void aMachineThatWasForgottenOrIsNotKnownAnyMoreEnrolsAgain() throws Exception {
        try (Business polling = business(new Workload.CheckIn(PACE, 0))) {
            polling.turn(7, noted);
            polling.forget(7);
            polling.turn(7, noted);
            house.enrolled.clear();
            assertThat(failure(polling, 7, noted).kind()).isEqualTo("status 401");
            polling.turn(7, noted);
        }

        assertThat(noted.steps)
                .containsExactly("enrol", "check-in", "enrol", "check-in", "check-in: status 401", "enrol", "check-in");
        assertThat(house.enrolled).hasSize(1);
    }

    @Test
    void aMachineWhoseRequestFailedOtherwiseDoesNotEnrolAgain() throws Exception {
        house.instead.put("POST updates", problem(404, "gone"));
        try (Business polling = business(new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, noted).kind()).isEqualTo("status 404");
            house.instead.clear();
            polling.turn(7, noted);
        }

        assertThat(noted.steps).containsExactly("enrol", "check-in: status 404", "check-in");
    }

    @Test
    void someOfTheTurnsFetchWhatIsOffered() throws Exception {
        try (Business polling = business(new Workload.CheckIn(PACE, 0.3))) {
            for (int monkey = 0; monkey < 200; monkey++) {
                polling.turn(monkey, noted);
            }
        }

        assertThat(noted.steps.stream().filter("download"::equals).count()).isBetween(40L, 80L);
    }

    @Test
    void aRefusedMachineComesBackAndTheRefusalIsCounted() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        house.instead.put("POST updates", (request, out) -> {
            Reply reply = asked.getAndIncrement() == 0
                    ? problem(503, "full", "Retry-After: 0", "X-Livepatch-Unit: livepatch-0")
                    : answer(204, "", "X-Livepatch-Unit: livepatch-1");
            reply.write(request, out);
        });
        try (Business polling = business(new Workload.CheckIn(PACE, 1))) {
            polling.turn(7, noted);
        }

        assertThat(noted.steps).containsExactly("enrol", "check-in");
        assertThat(noted.refusals).containsExactly("check-in 503 PT0S");
        assertThat(noted.units).containsExactly("livepatch-0", "livepatch-1");
        assertThat(noted.unnamed).as("the enrolment").hasValue(1);
    }

    @Test
    void aFetchGoesAllTheWayEachTime() throws Exception {
        try (Business fetching = business(new Workload.Fetch(PACE))) {
            fetching.turn(7, noted);
            fetching.turn(7, noted);
        }

        List<String> once = List.of("enrol", "check-in", "download", "ping", "ping", "ping");
        assertThat(noted.steps)
                .hasSize(12)
                .startsWith(once.toArray(String[]::new))
                .endsWith(once.toArray(String[]::new));
        assertThat(server.requests().subList(3, 6))
                .extracting(request -> request.body().replaceAll(".*\"type\":\"([^\"]*)\".*", "$1"))
                .containsExactly("ping_before", "ping_after", "ping_0");
        assertThat(server.requests().subList(3, 6))
                .extracting(request -> request.body().contains("\"applied\""))
                .containsExactly(false, true, true);
        assertThat(server.requests().subList(3, 6))
                .allMatch(request -> request.body().contains("\"107.1\""));
    }

    @Test
    void wrongBytesFailTheTurn() {
        byte[] wrong = House.PATCH.clone();
        wrong[17] ^= 1;
        house.instead.put("GET " + Samples.NAME, answer(200, wrong));
        try (Business fetching = business(new Workload.Fetch(PACE))) {
            assertThat(failure(fetching, 7, noted).kind()).isEqualTo("wrong sha256");
        }
        assertThat(noted.steps).containsExactly("enrol", "check-in", "download: wrong sha256");
    }

    @Test
    void aFetchWithNothingToFetchFails() {
        house.instead.put("POST updates", answer(204, ""));
        try (Business fetching = business(new Workload.Fetch(PACE))) {
            assertThat(failure(fetching, 7, noted).kind()).isEqualTo("no patch offered");
        }
    }

    @Test
    void aChurningMachineComesAndGoes() throws Exception {
        try (Business churning = business(new Workload.EnrollChurn(PACE))) {
            churning.turn(7, noted);
            assertThat(house.enrolled).isEmpty();
            churning.turn(7, noted);
        }
        assertThat(noted.steps).containsExactly("enrol", "leave", "enrol", "leave");
    }

    @Test
    void theHerdIsEnrolledBeforeAndAsksUntilItIsServed() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        house.instead.put("POST updates", (request, out) -> {
            // Cut, then told to wait, then served.
            if (asked.incrementAndGet() == 2) {
                problem(429, "later", "Retry-After: 0").write(request, out);
            } else if (asked.get() == 3) {
                answer(204, "").write(request, out);
            }
        });
        try (Business herd = business(new Workload.ThunderingHerd(PACE, Duration.ofMinutes(1)))) {
            herd.prepare(7, noted);
            assertThat(noted.steps).containsExactly("enrol");
            herd.turn(7, noted);
        }

        assertThat(noted.steps).containsExactly("enrol", "check-in");
        assertThat(noted.refusals).containsExactly("check-in 429 PT0S");
        assertThat(asked).hasValue(3);
    }

    @Test
    void aSlowReaderTakesItsTime() throws Exception {
        long begun = System.nanoTime();
        try (Business slow = business(new Workload.SlowReader(PACE, 200_000))) {
            slow.turn(7, noted);
        }

        assertThat(noted.steps).containsExactly("enrol", "check-in", "download");
        // 100,000 bytes, of which the last few are not waited for.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(300));
    }

    @Test
    void everyMisdeedIsContentWithTheRightRefusal() throws Exception {
        try (Business misbehaving = business(new Workload.Misbehaving(PACE))) {
            for (int turn = 0; turn < BadRequest.ALL.size(); turn++) {
                misbehaving.turn(7, noted);
            }
        }

        assertThat(noted.steps)
                .containsAll(BadRequest.ALL.stream().map(BadRequest::name).toList())
                .noneMatch(step -> step.contains(":"));
    }

    @Test
    void misdeedsAreWhatTheirNamesSay() throws Exception {
        try (Business misbehaving = business(new Workload.Misbehaving(PACE))) {
            for (int turn = 0; turn < BadRequest.ALL.size(); turn++) {
                misbehaving.turn(7, noted);
            }
        }

        String known = house.enrolled.iterator().next();
        assertThat(server.requests().stream()
                        .filter(request -> request.target().endsWith("/updates"))
                        .map(request -> request.header("Authorization").orElse("none")))
                .contains("none", "Bearer " + "A".repeat(43), "Bearer token-of-" + known);
        assertThat(server.requests())
                .anyMatch(request -> request.header("Range").equals(Optional.of("bytes=" + House.PATCH.length + "-")))
                .anyMatch(request -> request.target().equals("/v1/client/somebody-else/updates"))
                .anyMatch(request -> request.body().length() > 100_000)
                .anyMatch(request -> request.header("X-Padding").orElse("").length() > 8192)
                .anyMatch(request -> request.method().equals("PUT"))
                .anyMatch(request -> request.target().contains("expires=1&signature="))
                .anyMatch(request -> request.target().contains("expires=99999999999&signature="))
                .anyMatch(request -> request.target().contains("..%2f"))
                .anyMatch(request -> request.target().contains("..;"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json | {\"status\":401}",
                "application/problem+json | {\"status\":400}",
                "application/problem+json | {\"status\":"
            })
    void aRefusalThatIsNoProblemIsAFailure(String type, String body) {
        house.instead.put("POST updates", answer(401, body, "Content-Type: " + type));
        try (Business misbehaving = business(new Workload.Misbehaving(PACE))) {
            assertThat(failure(misbehaving, 7, noted).kind()).isEqualTo("no token: no problem");
        }
    }

    @Test
    void noMisdeedIsContentWithAnythingElse() throws Exception {
        Set<String> checkIns =
                Set.of("no token", "wrong token", "another's token", "malformed json", "long body", "wrong method");
        for (Reply wrong : List.of(answer(200, "{}"), problem(500, "broken"), answer(401, "no"), problem(418, "no"))) {
            house.instead.clear();
            try (Business misbehaving = business(new Workload.Misbehaving(PACE))) {
                for (BadRequest badRequest : BadRequest.ALL) {
                    if (checkIns.contains(badRequest.name())) {
                        house.instead.put("POST updates", wrong);
                        house.instead.put("PUT updates", wrong);
                        assertThat(failure(misbehaving, 7, noted).kind()).startsWith(badRequest.name() + ": ");
                        assertThat(noted.steps)
                                .last()
                                .asString()
                                .startsWith(badRequest.name() + ": " + badRequest.name());
                        house.instead.clear();
                    } else {
                        misbehaving.turn(7, noted);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"500, status 500", "502, status 502", "404, status 404", "301, invalid answer"})
    void aStatusIsAKind(int status, String kind) {
        house.instead.put("POST updates", problem(status, "broken"));
        try (Business polling = business(new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, noted).kind()).isEqualTo(kind);
        }
        assertThat(noted.steps).containsExactly("enrol", "check-in: " + kind);
    }

    @Test
    void aCutConnectionIsAKindAndNotTriedAgain() {
        house.instead.put("POST updates", (request, out) -> {});
        try (Business polling = business(new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, noted).kind()).isEqualTo("connection reset");
        }
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void silenceIsATimeout() {
        house.instead.put("POST updates", (request, out) -> server.hang());
        Target target = Flocks.target(server.uri(""));
        Target hasty = new Target(
                target.server(),
                target.authorities(),
                target.authToken(),
                new Transport(false, false, List.of(), 1000, Duration.ofMillis(300)));
        try (Business polling = Flocks.business(hasty, new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, noted).kind()).isEqualTo("timeout");
        }
    }

    @Test
    void nobodyThereIsRefused() throws IOException {
        try (Business polling = business(new Workload.CheckIn(PACE, 0))) {
            server.close();
            assertThat(failure(polling, 7, noted).kind()).isEqualTo("connection refused");
        }
    }

    @Test
    void anInterruptEndsTheTurn() throws InterruptedException {
        house.instead.put("POST updates", (request, out) -> server.hang());
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try (Business polling = business(new Workload.CheckIn(PACE, 0))) {
            Thread turn = Thread.ofVirtual().start(() -> {
                try {
                    polling.turn(7, noted);
                } catch (InterruptedException | RuntimeException e) {
                    thrown.set(e);
                }
            });
            Awaitility.await("the check-in").until(() -> server.requests().size() == 2);
            turn.interrupt();
            turn.join();
        }
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(noted.steps).containsExactly("enrol");
    }

    @Test
    void theEmptyLoopAsksNobody() throws Exception {
        Target without = new Target(
                Flocks.target(server.uri("")).server(),
                Optional.empty(),
                Optional.empty(),
                new Transport(false, false, List.of(), 1000, Duration.ofSeconds(30)));
        try (Business idle = Flocks.business(without, new Workload.EmptyLoop(PACE))) {
            idle.turn(7, noted);
            idle.forget(7);
        }
        assertThat(server.requests()).isEmpty();
        assertThatThrownBy(() -> Flocks.business(without, new Workload.Fetch(PACE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the machines of 'flock' enrol, and there is no auth token");
    }
}
