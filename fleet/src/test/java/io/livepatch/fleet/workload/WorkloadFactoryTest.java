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
import io.livepatch.fleet.load.WorkloadRunner;
import io.livepatch.fleet.load.WorkloadRunner.IterationException;
import io.livepatch.fleet.workload.MisbehavingScenario.BadRequest;
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

    private final CallLog calls = new CallLog();
    private ScriptedServer server;
    private FakeServer fake;

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.http();
        fake = new FakeServer(server);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private WorkloadRunner runner(Workload workload) {
        return Flocks.runner(Flocks.target(server.uri("")), workload);
    }

    private static IterationException failure(WorkloadRunner runner, int monkey, CallLog calls) {
        AtomicReference<IterationException> failed = new AtomicReference<>();
        assertThatThrownBy(() -> runner.runIteration(monkey, calls))
                .isInstanceOfSatisfying(IterationException.class, failed::set);
        return failed.get();
    }

    @Test
    void machineEnrolsOnceAndPolls() throws Exception {
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0))) {
            polling.runIteration(7, calls);
            polling.runIteration(7, calls);
            polling.runIteration(8, calls);
        }

        assertThat(calls.steps).containsExactly("enrol", "check-in", "check-in", "enrol", "check-in");
        assertThat(fake.enrolled).hasSize(2).allMatch(id -> id.matches("flock-[0-9a-f]{16}-[78]"));
        assertThat(calls.units).isEmpty();
        assertThat(calls.unnamed).hasValue(5);
        assertThat(server.lastRequest().body())
                .contains(Samples.PLATFORM.kernel().text())
                .containsPattern("\"uptime\":\\d{2,}");
    }

    @Test
    void forgottenOrUnknownMachineEnrolsAgain() throws Exception {
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0))) {
            polling.runIteration(7, calls);
            polling.forget(7);
            polling.runIteration(7, calls);
            fake.enrolled.clear();
            assertThat(failure(polling, 7, calls).kind()).isEqualTo("status 401");
            polling.runIteration(7, calls);
        }

        assertThat(calls.steps)
                .containsExactly("enrol", "check-in", "enrol", "check-in", "check-in: status 401", "enrol", "check-in");
        assertThat(fake.enrolled).hasSize(1);
    }

    @Test
    void otherFailuresDoNotEnrolAgain() throws Exception {
        fake.instead.put("POST updates", problem(404, "gone"));
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, calls).kind()).isEqualTo("status 404");
            fake.instead.clear();
            polling.runIteration(7, calls);
        }

        assertThat(calls.steps).containsExactly("enrol", "check-in: status 404", "check-in");
    }

    @Test
    void someIterationsDownloadTheOfferedPatch() throws Exception {
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0.3))) {
            for (int monkey = 0; monkey < 200; monkey++) {
                polling.runIteration(monkey, calls);
            }
        }

        assertThat(calls.steps.stream().filter("download"::equals).count()).isBetween(40L, 80L);
    }

    @Test
    void refusalIsRetriedAndCounted() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        fake.instead.put("POST updates", (request, out) -> {
            Reply reply = asked.getAndIncrement() == 0
                    ? problem(503, "full", "Retry-After: 0", "X-Livepatch-Unit: livepatch-0")
                    : answer(204, "", "X-Livepatch-Unit: livepatch-1");
            reply.write(request, out);
        });
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 1))) {
            polling.runIteration(7, calls);
        }

        assertThat(calls.steps).containsExactly("enrol", "check-in");
        assertThat(calls.refusals).containsExactly("check-in 503 PT0S");
        assertThat(calls.units).containsExactly("livepatch-0", "livepatch-1");
        assertThat(calls.unnamed).as("the enrolment").hasValue(1);
    }

    @Test
    void fetchRunsAllStepsEachTime() throws Exception {
        try (WorkloadRunner fetching = runner(new Workload.Fetch(PACE))) {
            fetching.runIteration(7, calls);
            fetching.runIteration(7, calls);
        }

        List<String> once = List.of("enrol", "check-in", "download", "ping", "ping", "ping");
        assertThat(calls.steps)
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
    void wrongBytesFailTheIteration() {
        byte[] wrong = FakeServer.PATCH.clone();
        wrong[17] ^= 1;
        fake.instead.put("GET " + Samples.NAME, answer(200, wrong));
        try (WorkloadRunner fetching = runner(new Workload.Fetch(PACE))) {
            assertThat(failure(fetching, 7, calls).kind()).isEqualTo("wrong sha256");
        }
        assertThat(calls.steps).containsExactly("enrol", "check-in", "download: wrong sha256");
    }

    @Test
    void fetchWithoutOfferedPatchFails() {
        fake.instead.put("POST updates", answer(204, ""));
        try (WorkloadRunner fetching = runner(new Workload.Fetch(PACE))) {
            assertThat(failure(fetching, 7, calls).kind()).isEqualTo("no patch offered");
        }
    }

    @Test
    void churningMachineEnrolsAndLeaves() throws Exception {
        try (WorkloadRunner churning = runner(new Workload.EnrollChurn(PACE))) {
            churning.runIteration(7, calls);
            assertThat(fake.enrolled).isEmpty();
            churning.runIteration(7, calls);
        }
        assertThat(calls.steps).containsExactly("enrol", "leave", "enrol", "leave");
    }

    @Test
    void herdIsEnrolledBeforeAndRetriesUntilItIsServed() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        fake.instead.put("POST updates", (request, out) -> {
            // Cut, then refused, then served.
            if (asked.incrementAndGet() == 2) {
                problem(429, "later", "Retry-After: 0").write(request, out);
            } else if (asked.get() == 3) {
                answer(204, "").write(request, out);
            }
        });
        try (WorkloadRunner herd = runner(new Workload.ThunderingHerd(PACE, Duration.ofMinutes(1)))) {
            herd.prepare(7, calls);
            assertThat(calls.steps).containsExactly("enrol");
            herd.runIteration(7, calls);
        }

        assertThat(calls.steps).containsExactly("enrol", "check-in");
        assertThat(calls.refusals).containsExactly("check-in 429 PT0S");
        assertThat(asked).hasValue(3);
    }

    @Test
    void slowReaderLimitsItsRate() throws Exception {
        long begun = System.nanoTime();
        try (WorkloadRunner slow = runner(new Workload.SlowReader(PACE, 200_000))) {
            slow.runIteration(7, calls);
        }

        assertThat(calls.steps).containsExactly("enrol", "check-in", "download");
        // 100,000 bytes; the reader does not wait for the last of them.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(300));
    }

    @Test
    void everyBadRequestAcceptsTheRightRefusal() throws Exception {
        try (WorkloadRunner misbehaving = runner(new Workload.Misbehaving(PACE))) {
            for (int i = 0; i < BadRequest.ALL.size(); i++) {
                misbehaving.runIteration(7, calls);
            }
        }

        assertThat(calls.steps)
                .containsAll(BadRequest.ALL.stream().map(BadRequest::name).toList())
                .noneMatch(step -> step.contains(":"));
    }

    @Test
    void badRequestsMatchTheirNames() throws Exception {
        try (WorkloadRunner misbehaving = runner(new Workload.Misbehaving(PACE))) {
            for (int i = 0; i < BadRequest.ALL.size(); i++) {
                misbehaving.runIteration(7, calls);
            }
        }

        String known = fake.enrolled.iterator().next();
        assertThat(server.requests().stream()
                        .filter(request -> request.target().endsWith("/updates"))
                        .map(request -> request.header("Authorization").orElse("none")))
                .contains("none", "Bearer " + "A".repeat(43), "Bearer token-of-" + known);
        assertThat(server.requests())
                .anyMatch(request ->
                        request.header("Range").equals(Optional.of("bytes=" + FakeServer.PATCH.length + "-")))
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
    void refusalWithoutProblemIsAFailure(String type, String body) {
        fake.instead.put("POST updates", answer(401, body, "Content-Type: " + type));
        try (WorkloadRunner misbehaving = runner(new Workload.Misbehaving(PACE))) {
            assertThat(failure(misbehaving, 7, calls).kind()).isEqualTo("no token: no problem");
        }
    }

    @Test
    void badRequestsRejectAnyOtherResponse() throws Exception {
        Set<String> checkIns =
                Set.of("no token", "wrong token", "another's token", "malformed json", "long body", "wrong method");
        for (Reply wrong : List.of(answer(200, "{}"), problem(500, "broken"), answer(401, "no"), problem(418, "no"))) {
            fake.instead.clear();
            try (WorkloadRunner misbehaving = runner(new Workload.Misbehaving(PACE))) {
                for (BadRequest badRequest : BadRequest.ALL) {
                    if (checkIns.contains(badRequest.name())) {
                        fake.instead.put("POST updates", wrong);
                        fake.instead.put("PUT updates", wrong);
                        assertThat(failure(misbehaving, 7, calls).kind()).startsWith(badRequest.name() + ": ");
                        assertThat(calls.steps)
                                .last()
                                .asString()
                                .startsWith(badRequest.name() + ": " + badRequest.name());
                        fake.instead.clear();
                    } else {
                        misbehaving.runIteration(7, calls);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"500, status 500", "502, status 502", "404, status 404", "301, invalid answer"})
    void statusIsTheKindOfTheFailure(int status, String kind) {
        fake.instead.put("POST updates", problem(status, "broken"));
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, calls).kind()).isEqualTo(kind);
        }
        assertThat(calls.steps).containsExactly("enrol", "check-in: " + kind);
    }

    @Test
    void cutConnectionIsNotRetried() {
        fake.instead.put("POST updates", (request, out) -> {});
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, calls).kind()).isEqualTo("connection reset");
        }
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void silenceIsATimeout() {
        fake.instead.put("POST updates", (request, out) -> server.hang());
        Target target = Flocks.target(server.uri(""));
        Target hasty = new Target(
                target.server(),
                target.authorities(),
                target.authToken(),
                new Transport(false, false, List.of(), 1000, Duration.ofMillis(300)));
        try (WorkloadRunner polling = Flocks.runner(hasty, new Workload.CheckIn(PACE, 0))) {
            assertThat(failure(polling, 7, calls).kind()).isEqualTo("timeout");
        }
    }

    @Test
    void closedPortIsConnectionRefused() throws IOException {
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0))) {
            server.close();
            assertThat(failure(polling, 7, calls).kind()).isEqualTo("connection refused");
        }
    }

    @Test
    void interruptEndsTheIteration() throws InterruptedException {
        fake.instead.put("POST updates", (request, out) -> server.hang());
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try (WorkloadRunner polling = runner(new Workload.CheckIn(PACE, 0))) {
            Thread thread = Thread.ofVirtual().start(() -> {
                try {
                    polling.runIteration(7, calls);
                } catch (InterruptedException | RuntimeException e) {
                    thrown.set(e);
                }
            });
            Awaitility.await("the check-in").until(() -> server.requests().size() == 2);
            thread.interrupt();
            thread.join();
        }
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(calls.steps).containsExactly("enrol");
    }

    @Test
    void emptyLoopSendsNoRequest() throws Exception {
        Target without = new Target(
                Flocks.target(server.uri("")).server(),
                Optional.empty(),
                Optional.empty(),
                new Transport(false, false, List.of(), 1000, Duration.ofSeconds(30)));
        try (WorkloadRunner idle = Flocks.runner(without, new Workload.EmptyLoop(PACE))) {
            idle.runIteration(7, calls);
            idle.forget(7);
        }
        assertThat(server.requests()).isEmpty();
        assertThatThrownBy(() -> Flocks.runner(without, new Workload.Fetch(PACE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the machines of 'flock' enrol, and there is no auth token");
    }
}
