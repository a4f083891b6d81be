package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A process of another user tries to listen at the port of a pool. */
@Requires(Requires.Root.class)
class ReservedPortIT {

    /** Binds the port, with SO_REUSEPORT; exit code 3 if that is refused. */
    private static final String BIND = """
            socket(S, PF_INET, SOCK_STREAM, 0) && setsockopt(S, SOL_SOCKET, SO_REUSEPORT, 1) or exit 1;
            bind(S, sockaddr_in($ARGV[0], inet_aton("127.0.0.1"))) or exit 3;
            """;

    private static final int FREE = 0;
    private static final int REFUSED = 3;

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
