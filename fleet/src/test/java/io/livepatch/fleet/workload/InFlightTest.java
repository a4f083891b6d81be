package io.livepatch.fleet.workload;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.Business;
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

/** With room for one call. */
final class InFlightTest {
    private final Noted noted = new Noted();
    private final ExecutorService turns = Executors.newVirtualThreadPerTaskExecutor();
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
        turns.shutdownNow();
    }

    private Business business(Workload workload) {
        Target usual = Flocks.target(server.uri(""));
        return Flocks.business(
                new Target(
                        usual.server(),
                        usual.authorities(),
                        usual.authToken(),
                        new Transport(false, false, List.of(), 1, Duration.ofSeconds(20))),
                workload);
    }

    private Future<?> turn(Business business, int monkey) {
        return turns.submit(() -> {
            business.turn(monkey, noted);
            return monkey;
        });
    }

    @Test
    void aCallWaitsForTheAnswerOfAnother() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        house.instead.put("POST updates", (request, out) -> {
            answered.await();
            ScriptedServer.answer(204, "").write(request, out);
        });
        try (Business polling = business(new Workload.CheckIn(Runs.PACE, 0))) {
            Future<?> first = turn(polling, 1);
            Awaitility.await("the first asks").until(() -> server.requests().size() == 2);
            Future<?> second = turn(polling, 2);
            Awaitility.await("the second waits").until(() -> noted.held.get() == 1);

            assertThat(server.requests()).hasSize(2);
            answered.countDown();
            first.get();
            second.get();
        }
        assertThat(noted.steps).containsExactlyInAnyOrder("enrol", "check-in", "enrol", "check-in");
    }

    @Test
    void nobodyWaitsForWhoHasTheHeadOfItsAnswer() throws Exception {
        String download = "GET " + Samples.NAME;
        CountDownLatch begun = new CountDownLatch(1);
        house.instead.put(download, (request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".getBytes(US_ASCII));
            out.flush();
            begun.countDown();
            server.hang();
        });
        try (Business fetching = business(new Workload.Fetch(Runs.PACE))) {
            Future<?> first = turn(fetching, 1);
            begun.await();
            house.instead.remove(download);

            turn(fetching, 2).get();
            assertThat(first.isDone()).isFalse();
        }
    }
}
