package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process of another user tries to listen at the port of a pool. */
@Requires(Requires.Root.class)
class ReservedPortIT {

    /** Binds the port, with SO_REUSEPORT; exit code 3 if that is refused. */
    private static final String BIND = """
            socket(S, PF_INET, SOCK_STREAM, 0) && setsockopt(S, SOL_SOCKET, SO_REUSEPORT, 1) or exit 1;
            bind(S, sockaddr_in($ARGV[0], inet_aton("127.0.0.1"))) or exit 3;
            """;

    /** Listens at the port of the pool and at its own, and accepts. */
    private static final String SERVE = """
            for my $port ($ENV{PORT}, $ENV{WORKER_PORT}) {
              my $s;
              socket($s, PF_INET, SOCK_STREAM, 0) && setsockopt($s, SOL_SOCKET, SO_REUSEPORT, 1)
                && setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1) or exit 1;
              bind($s, sockaddr_in($port, inet_aton("127.0.0.1"))) && listen($s, 100) or exit 2;
              push @all, $s;
            }
            fork || do { while (accept(my $c, $all[1])) {} };
            while (accept(my $c, $all[0])) {}
            """;

    private static final int FREE = 0;
    private static final int REFUSED = 3;

    @TempDir
    Path directory;

    private final int port = FreePorts.one();

    private int bindAsAnotherUser() throws IOException, InterruptedException {
        return new ProcessBuilder(
                        "setpriv",
                        "--reuid",
                        "daemon",
                        "--regid",
                        "daemon",
                        "--clear-groups",
                        "--",
                        "perl",
                        "-MSocket=:DEFAULT,SO_REUSEPORT",
                        "-e",
                        BIND,
                        Integer.toString(port))
                .inheritIO()
                .start()
                .waitFor();
    }

    private PoolSpec.Builder endingWorker() {
        return PoolSpec.of("web", List.of("false"))
                .listening(new Listening.Shared(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), OptionalInt.empty()));
    }

    @Test
    void isKeptWhileNoWorkerRunsAndFreeAfterThePool() throws Exception {
        try (Supervisor supervisor = Supervisor.start()) {
            Pool pool = supervisor.run(endingWorker().reservesPort(true).build(), PoolEvent.Listener.none());

            await("the worker has ended")
                    .until(() -> pool.workers().stream().anyMatch(worker -> worker.state() == WorkerState.BACKING_OFF));
            await("the port is kept").until(() -> bindAsAnotherUser() == REFUSED);
            pool.close();
            assertThat(bindAsAnotherUser()).isEqualTo(FREE);
        }
    }

    /** Sockets of two users cannot listen at one port, so that of the old worker has to become the new user's. */
    @Test
    void workersOfAnotherUserReplaceThoseOfThisOneWhileThePortAnswers() {
        int own = FreePorts.one();
        PoolSpec.Builder server = PoolSpec.of("web", List.of("perl", "-MSocket=:DEFAULT,SO_REUSEPORT", "-e", SERVE))
                .log(directory.resolve("log"))
                .listening(new Listening.Shared(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), OptionalInt.of(own)))
                .ready(HealthCheck.prompt(
                        new Probe.Tcp("127.0.0.1:{worker_port}"), Duration.ofMillis(50), Duration.ofSeconds(2)))
                .reservesPort(true);
        try (Supervisor supervisor = Supervisor.start()) {
            Pool pool = supervisor.run(server.build(), PoolEvent.Listener.none());
            await("a worker of root").until(pool::ready);
            assertThat(user(pool)).contains("root");

            pool.change(server.surroundings(ProcessEnvironment.PLAIN.withUser("nobody"))
                    .build());

            await("a worker of the other user").until(() -> {
                assertThat(connects()).isTrue();
                return pool.ready() && user(pool).equals(Optional.of("nobody"));
            });
            assertThat(connects()).isTrue();
            assertThat(pool.workers()).hasSize(1).allMatch(worker -> worker.restarts() == 0);
        }
    }

    private static Optional<String> user(Pool pool) {
        return pool.workers()
                .getFirst()
                .pid()
                .flatMap(ProcessHandle::of)
                .flatMap(it -> it.info().user());
    }

    private boolean connects() {
        try (Socket client = new Socket()) {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** As haproxy, which binds itself as often as it likes. */
    @Test
    void portsThatTheSpecNamesAreKeptToo() throws Exception {
        PoolSpec.Builder spec = PoolSpec.of("haproxy", List.of("sleep", "60")).log(directory.resolve("log"));
        try (Supervisor supervisor = Supervisor.start()) {
            Pool pool = supervisor.run(spec.build(), PoolEvent.Listener.none());
            await("it runs").until(pool::ready);
            Optional<Long> process = pool.workers().getFirst().pid();
            assertThat(bindAsAnotherUser()).isEqualTo(FREE);

            pool.change(spec.reservedPorts(Set.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
                    .build());

            assertThat(bindAsAnotherUser()).isEqualTo(REFUSED);
            assertThat(pool.workers().getFirst().pid()).isEqualTo(process);
        }
    }

    @Test
    void isFollowedWhenTheSpecChanges() throws Exception {
        try (Supervisor supervisor = Supervisor.start()) {
            Pool pool = supervisor.run(endingWorker().build(), PoolEvent.Listener.none());
            assertThat(bindAsAnotherUser()).isEqualTo(FREE);

            pool.change(endingWorker().reservesPort(true).build());
            await("the port is kept").until(() -> bindAsAnotherUser() == REFUSED);
            pool.change(endingWorker().build());
            await("the port is free").until(() -> bindAsAnotherUser() == FREE);
        }
    }
}
