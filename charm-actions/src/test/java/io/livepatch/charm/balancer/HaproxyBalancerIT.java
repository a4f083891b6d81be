package io.livepatch.charm.balancer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.Load;
import io.livepatch.charm.testing.PoolWorker;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.engine.Supervisor;
import io.livepatch.supervisor.output.LogFile;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pool in proxy mode as a supervisor runs it: real workers, a real haproxy, and clients that count. */
class HaproxyBalancerIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String ADDRESS = "127.0.79.1";
    private static final int PORT = 18080;

    @TempDir
    private Path directory;

    private Supervisor supervisor;

    @BeforeEach
    void start() {
        Balancer.Provider provider =
                ServiceLoader.load(Balancer.Provider.class).findFirst().orElseThrow();
        // A long path, as operators may choose: the paths of sockets would be too long there.
        Path home = directory.resolve("of-a-team-that-has-long-names-for-its-directories".repeat(2));
        supervisor = Supervisor.start(
                LogFile::open, new Supervisor.Proxies(Optional.of(provider), spec -> home.resolve(spec.name())));
    }

    @AfterEach
    void stop() {
        supervisor.close();
        assertThat(haproxies()).isEmpty();
    }

    private PoolSpec.Builder web() {
        return PoolSpec.of("web/0", JavaCommand.testProgram(PoolWorker.class, "-Xmx32m"))
                .log(directory.resolve("web.log"))
                .environment(java.util.Map.of("ADDRESS", ADDRESS))
                .replicas(4)
                .stop("TERM", Duration.ofSeconds(5))
                .ready(HealthCheck.prompt(
                        new Probe.Tcp("127.0.79.1:{port}"), Duration.ofMillis(50), Duration.ofSeconds(2)))
                .listening(proxied("least_connections"));
    }

    private static Listening.Proxied proxied(String strategy) {
        return new Listening.Proxied(
                18100, new InetSocketAddress(ADDRESS, PORT), strategy, "/health", Duration.ofSeconds(10));
    }

    private Pool serving(PoolSpec spec) {
        Pool pool = supervisor.run(spec, PoolEvent.Listener.none());
        await("all ready").atMost(SOON).until(pool::ready);
        return pool;
    }

    private static Set<Long> pids(Pool pool) {
        return pool.workers().stream().flatMap(worker -> worker.pid().stream()).collect(Collectors.toSet());
    }

    private List<ProcessHandle> haproxies() {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process).contains("haproxy\0-W")
                        && commandLine(process).contains(directory.toString()))
                .toList();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"));
        } catch (IOException e) {
            // It ended meanwhile.
            return "";
        }
    }

    @Test
    void recyclingAllWorkersLosesNoRequest() throws Exception {
        Pool pool = serving(web().build());
        Set<Long> before = pids(pool);
        try (Load load = Load.on(ADDRESS, PORT)) {
            load.awaitMore(500);
            pool.recycleAll().toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
            load.awaitMore(500);

            assertThat(load.failures()).isEmpty();
        }
        await("the last has left").atMost(SOON).until(() -> pids(pool).size() == 4);
        assertThat(pids(pool)).doesNotContainAnyElementsOf(before);
    }

    @Test
    @Requires(Requires.Root.class)
    void theProcessThatServesTheNetworkIsNotRoots() {
        serving(web().build());

        assertThat(haproxies())
                .extracting(process -> process.info().user().orElse(""))
                .containsExactlyInAnyOrder("root", "haproxy");
    }

    @Test
    void scalingDownAndUpLosesNoRequest() {
        Pool pool = serving(web().build());
        try (Load load = Load.on(ADDRESS, PORT)) {
            load.awaitMore(500);
            pool.change(web().replicas(2).build());
            await("two are left").atMost(SOON).until(() -> pids(pool).size() == 2);
            load.awaitMore(500);
            pool.change(web().replicas(5).build());
            await("five serve").atMost(SOON).until(() -> pids(pool).size() == 5 && pool.ready());
            load.awaitMore(500);

            assertThat(load.failures()).isEmpty();
        }
    }

    @Test
    void aKilledWorkerLosesOnlyItsRequestsInFlight() {
        Pool pool = serving(web().build());
        WorkerInfo victim = pool.workers().getFirst();
        try (Load load = Load.on(ADDRESS, PORT)) {
            load.awaitMore(500);
            ProcessHandle.of(victim.pid().orElseThrow()).orElseThrow().destroyForcibly();
            await("it is back")
                    .atMost(SOON)
                    .until(() ->
                            pool.ready() && !pids(pool).contains(victim.pid().orElseThrow()));
            int lost = load.failures().size();
            load.awaitMore(2000);

            assertThat(load.failures()).as("requests that were with it").hasSizeLessThanOrEqualTo(Load.clients());
            assertThat(load.failures()).as("later ones").hasSize(lost);
        }
    }

    @Test
    void aKilledHaproxyIsRestartedWithAllItsWorkers() {
        Pool pool = serving(web().build());
        Set<Long> killed = haproxies().stream().map(ProcessHandle::pid).collect(Collectors.toSet());
        haproxies().forEach(ProcessHandle::destroyForcibly);
        await("another runs")
                .atMost(SOON)
                .until(() -> !haproxies().isEmpty()
                        && haproxies().stream().noneMatch(process -> killed.contains(process.pid())));

        await("it serves again").atMost(SOON).until(() -> {
            try (Load load = Load.on(ADDRESS, PORT)) {
                load.awaitMore(200);
                return load.failures().isEmpty();
            }
        });
        Set<Long> before = pids(pool);
        pool.change(web().replicas(5).build());
        await("it takes orders").atMost(SOON).until(() -> pids(pool).size() == 5 && pool.ready());
        assertThat(pids(pool)).containsAll(before);
    }

    @Test
    void aStoppedWorkerIsKilledWithoutADrainAndTheOthersGoOn() {
        Pool pool = serving(web().stop("TERM", Duration.ofMinutes(2))
                .live(HealthCheck.patient(new Probe.Http("http://127.0.79.1:{port}/live")))
                .build());
        long stopped = pool.workers().getFirst().pid().orElseThrow();
        stop(stopped);

        await("it is replaced")
                .atMost(SOON)
                .until(() -> pool.ready()
                        && !pids(pool).contains(stopped)
                        && pids(pool).size() == 4);

        assertThat(ProcessHandle.of(stopped)).isEmpty();
        try (Load load = Load.on(ADDRESS, PORT)) {
            load.awaitMore(500);
            assertThat(load.failures()).isEmpty();
        }
    }

    @Test
    void aFrozenMasterOrWorkerOfHaproxyIsReplaced() {
        Pool pool = serving(web().replicas(2).build());
        for (boolean master : new boolean[] {false, true}) {
            List<ProcessHandle> before = haproxies();
            assertThat(before).hasSize(2);
            stop(before.stream()
                    .filter(process -> process.parent().filter(before::contains).isEmpty() == master)
                    .findFirst()
                    .orElseThrow()
                    .pid());

            await("both are gone").atMost(SOON).until(() -> before.stream().noneMatch(ProcessHandle::isAlive));
            await("it serves again").atMost(SOON).until(() -> {
                try (Load load = Load.on(ADDRESS, PORT)) {
                    load.awaitMore(200);
                    return load.failures().isEmpty();
                }
            });
        }
        assertThat(pool.ready()).isTrue();
    }

    private static void stop(long pid) {
        ExternalProgram.of("kill", "-s", "STOP", Long.toString(pid)).runOrThrow();
    }

    @Test
    void oneAddressCannotTakeAllConnections() throws IOException {
        serving(web().replicas(1).build());
        int most = SourceLimits.DEFAULT.connections();
        List<Socket> open = new ArrayList<>();
        try {
            int answered = 0;
            for (int i = 0; i < 2 * most; i++) {
                Socket socket = new Socket();
                open.add(socket);
                socket.bind(new InetSocketAddress("127.0.79.9", 0));
                socket.connect(new InetSocketAddress(ADDRESS, PORT));
                socket.setSoTimeout((int) SOON.toMillis());
                answered += answers(socket) ? 1 : 0;
            }
            assertThat(answered).isBetween(1, most);
            try (Load load = Load.on(ADDRESS, PORT)) {
                load.awaitMore(500);
                assertThat(load.failures()).isEmpty();
            }
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static boolean answers(Socket socket) {
        try {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
            return socket.getInputStream().read() >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void invalidParametersAreRefusedBeforeTheActionRuns() throws IOException {
        assertThatThrownBy(() ->
                        supervisor.run(web().listening(proxied("round-rubin")).build(), PoolEvent.Listener.none()))
                .isInstanceOf(SupervisorException.InvalidSpec.class)
                .hasMessageContaining("did you mean 'round_robin'?");
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(ADDRESS, PORT));
            assertThatThrownBy(() -> supervisor.run(web().build(), PoolEvent.Listener.none()))
                    .isInstanceOf(SupervisorException.Refused.class)
                    .hasMessageContaining("cannot listen on '" + ADDRESS + ":" + PORT);
        }
        assertThat(supervisor.pools()).isEmpty();
    }
}
