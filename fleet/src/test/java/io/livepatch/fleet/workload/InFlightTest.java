package io.livepatch.fleet.workload;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.WorkloadRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a limit of one concurrent call. */
final class InFlightTest {
    private final CallLog calls = new CallLog();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
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
        threads.shutdownNow();
    }

    private WorkloadRunner runner(Workload workload) {
        Target usual = Flocks.target(server.uri(""));
        return Flocks.runner(
                new Target(
                        usual.server(),
                        usual.authorities(),
                        usual.authToken(),
                        new Transport(false, false, List.of(), 1, Duration.ofSeconds(20))),
                workload);
    }

    private Future<?> iterate(WorkloadRunner runner, int monkey) {
        return threads.submit(() -> {
            runner.runIteration(monkey, calls);
            return monkey;
        });
    }

    @Test
    void callBeyondTheLimitWaitsForAResponse() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        fake.instead.put("POST updates", (request, out) -> {
            answered.await();
            ScriptedServer.answer(204, "").write(request, out);
        });
        try (WorkloadRunner polling = runner(new Workload.CheckIn(Runs.PACE, 0))) {
            Future<?> first = iterate(polling, 1);
            Awaitility.await("the first asks").until(() -> server.requests().size() == 2);
            Future<?> second = iterate(polling, 2);
            Awaitility.await("the second waits").until(() -> calls.held.get() == 1);

            assertThat(server.requests()).hasSize(2);
            answered.countDown();
            first.get();
            second.get();
        }
        assertThat(calls.steps).containsExactlyInAnyOrder("enrol", "check-in", "enrol", "check-in");
    }

    @Test
    void callWithAResponseHeadDoesNotCount() throws Exception {
        String download = "GET " + Samples.NAME;
        CountDownLatch begun = new CountDownLatch(1);
        fake.instead.put(download, (request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".getBytes(US_ASCII));
            out.flush();
            begun.countDown();
            server.hang();
        });
        try (WorkloadRunner fetching = runner(new Workload.Fetch(Runs.PACE))) {
            Future<?> first = iterate(fetching, 1);
            begun.await();
            fake.instead.remove(download);

            iterate(fetching, 2).get();
            assertThat(first.isDone()).isFalse();
        }
    }
}
