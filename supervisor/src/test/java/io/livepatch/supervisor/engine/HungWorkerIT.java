package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.JavaCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that are stopped ({@code kill -STOP}), with the defaults of the live check and the stop time of a server. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HungWorkerIT {

    /** After this time every request must be answered; the defaults detect a hang within 7.2 s. */
    private static final Duration NOTICED = Duration.ofSeconds(10);

    private static final Duration EVERY = Duration.ofMillis(100);
    private static final int CLIENT_PATIENCE = 2_000;

    private static final InetAddress HOST = InetAddress.getLoopbackAddress();

    @TempDir
    Path folder;

    private final Supervisor supervisor = Supervisor.start();
    private final List<PoolEvent> events = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeSupervisor() {
        supervisor.close();
    }

    /** A worker: one server at the shared port, and one at its own. */
    static final class Server {

        private Server() {}

        public static void main(String[] arguments) throws IOException {
            int own = Integer.parseInt(System.getenv("WORKER_PORT"));
            HttpServer live = HttpServer.create(new InetSocketAddress(HOST, own), 0);
            live.createContext("/", exchange -> {
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            });
            live.start();
            try (ServerSocketChannel shared = ServerSocketChannel.open()) {
                shared.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                shared.bind(new InetSocketAddress(HOST, Integer.parseInt(System.getenv("PORT"))), 500);
                while (true) {
                    try (Socket client = shared.accept().socket()) {
                        client.getOutputStream().write("here\n".getBytes(StandardCharsets.UTF_8));
                    }
                }
            }
        }
    }

    private PoolSpec.Builder servers(int replicas) {
        return PoolSpec.of("web", JavaCommand.testProgram(Server.class, "-Xmx16m"))
                .log(folder.resolve("web.log"))
                .replicas(replicas)
                .stop("TERM", Duration.ofMinutes(2))
                .ready(HealthCheck.prompt(
                        new Probe.Http("http://127.0.0.1:{worker_port}/"),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(2)))
                .live(HealthCheck.patient(new Probe.Http("http://127.0.0.1:{worker_port}/")))
                .listening(new Listening.Shared(
                        new InetSocketAddress(HOST, FreePorts.one()), OptionalInt.of(FreePorts.inARow(replicas + 1))));
    }

    private Pool serving(PoolSpec.Builder spec) {
        Pool pool = supervisor.run(spec.build(), (_, event) -> events.add(event));
        TestProcesses.until("all are ready", pool::ready);
        return pool;
    }

    private static boolean answers(Pool pool) {
        int port = pool.workers().getFirst().ports().port().orElseThrow();
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(CLIENT_PATIENCE);
            socket.connect(new InetSocketAddress(HOST, port), CLIENT_PATIENCE);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).equals("here\n");
        } catch (IOException failed) {
            return false;
        }
    }

    /** Sends ten requests a second, each on a new connection; returns when the last one that failed was sent. */
    private static Duration lastFailure(Pool pool, Duration during) {
        Instant began = Instant.now();
        List<Duration> failed = new CopyOnWriteArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            while (Duration.between(began, Instant.now()).compareTo(during) < 0) {
                Duration sent = Duration.between(began, Instant.now());
                clients.execute(() -> {
                    if (!answers(pool)) {
                        failed.add(sent);
                    }
                });
                LockSupport.parkNanos(EVERY.toNanos());
            }
        }
        return failed.stream().max(Duration::compareTo).orElse(Duration.ZERO);
    }

    private void assertKilledAsHung(long pid, WorkerInfo worker) {
        assertThat(TestProcesses.alive(pid)).as("the process that was stopped").isFalse();
        assertThat(worker.lastExit().orElseThrow()).hasToString("signal KILL");
        assertThat(events)
                .filteredOn(PoolEvent.Ended.class::isInstance)
                .extracting(event -> ((PoolEvent.Ended) event).reason())
                .containsExactly(ReplacementReason.HEALTH);
        assertThat(events)
                .filteredOn(PoolEvent.Condemned.class::isInstance)
                .extracting(event -> ((PoolEvent.Condemned) event).why())
                .singleElement()
                .asString()
                .startsWith("hangs: no answer to 3 live checks in a row: http://127.0.0.1:");
    }

    @Test
    void aStoppedWorkerBesideAHealthySiblingCostsNoRequestAfterTenSeconds() throws Exception {
        Pool pool = serving(servers(2));
        long stopped = TestProcesses.pid(pool, 0);
        long sibling = TestProcesses.pid(pool, 1);

        TestProcesses.kill("STOP", stopped);

        assertThat(lastFailure(pool, NOTICED.plusSeconds(5))).isLessThan(NOTICED);
        TestProcesses.until(
                "both serve again", () -> pool.ready() && pool.workers().size() == 2);
        assertKilledAsHung(stopped, pool.workers().getFirst());
        assertThat(TestProcesses.pid(pool, 1)).isEqualTo(sibling);
    }

    @Test
    void aSoleWorkerThatIsStoppedIsKilledAtOnceAndAnotherServes() throws Exception {
        Pool pool = serving(servers(1));
        long stopped = TestProcesses.pid(pool, 0);

        TestProcesses.kill("STOP", stopped);

        TestProcesses.until("it is gone", () -> !TestProcesses.alive(stopped));
        TestProcesses.until("another serves", () -> pool.ready() && answers(pool));
        assertKilledAsHung(stopped, pool.workers().getFirst());
    }

    @Test
    void allOfAPoolStoppedAtOnceAreAllReplaced() throws Exception {
        Pool pool = serving(servers(2));
        Set<Long> before = pids(pool);

        before.forEach(pid -> TestProcesses.kill("STOP", pid));

        TestProcesses.until("all have ended", () -> before.stream().noneMatch(TestProcesses::alive));
        TestProcesses.until(
                "both serve again", () -> pool.ready() && pool.workers().size() == 2);
        assertThat(pids(pool)).doesNotContainAnyElementsOf(before);
    }

    private static Set<Long> pids(Pool pool) {
        return pool.workers().stream().flatMap(worker -> worker.pid().stream()).collect(Collectors.toSet());
    }

    @Test
    void aServiceOfOneProcessIsReplacedInItsPlace() throws Exception {
        Pool pool = serving(servers(1).recycling(ReplacementPolicy.IN_PLACE));
        long stopped = TestProcesses.pid(pool, 0);

        TestProcesses.kill("STOP", stopped);

        TestProcesses.until("it is gone", () -> !TestProcesses.alive(stopped));
        TestProcesses.until("another serves", () -> pool.ready() && answers(pool));
    }

    @Test
    void aSuspendedWorkerIsResumedToEnd() throws Exception {
        Pool pool = serving(servers(1));
        long stopped = TestProcesses.pid(pool, 0);
        TestProcesses.kill("STOP", stopped);

        pool.restart(Duration.ofMinutes(1));

        TestProcesses.until("it is gone", () -> !TestProcesses.alive(stopped));
        assertThat(events).noneMatch(PoolEvent.Killed.class::isInstance);
    }

    @Test
    void inAPausedPoolAStoppedWorkerIsLeftUntilThePauseIsOver() throws Exception {
        Pool pool = serving(servers(1));
        long stopped = TestProcesses.pid(pool, 0);
        pool.pause();
        TestProcesses.kill("STOP", stopped);
        TestProcesses.until(
                "it is known to hang", () -> events.stream().anyMatch(PoolEvent.Condemned.class::isInstance));
        assertThat(TestProcesses.alive(stopped)).isTrue();

        pool.resume();

        TestProcesses.until("it is gone", () -> !TestProcesses.alive(stopped));
    }
}
