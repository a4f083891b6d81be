package io.livepatch.charm.balancer;

import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * The running haproxy of one pool. It is started again when it ends or freezes, the master as well as the worker process, and it
 * ends with this JVM. It has a supervisor of its own, because the supervisor of the pool stops all its pools at once, and haproxy
 * must end last.
 */
final class HaproxyProcess implements AutoCloseable {
    /** After SIGUSR1 nothing new comes in, and what is in flight may end. */
    private static final Duration STOP = Duration.ofSeconds(10);

    /** While haproxy is down every request to the pool fails, so it is started again within 50 ms to 2 s. */
    private static final RestartPolicy AT_ONCE = new RestartPolicy(
            Duration.ofMillis(50), Duration.ofSeconds(2), 0, Duration.ofSeconds(10), OptionalInt.empty());

    private final Supervisor supervisor;

    private HaproxyProcess(Supervisor supervisor) {
        this.supervisor = supervisor;
    }

    /**
     * Starts it.
     *
     * @param back called on another thread each time that a process was started
     */
    static HaproxyProcess start(Haproxy haproxy, Path masterSocket, Path log, Runnable back) {
        PoolSpec spec = PoolSpec.of("haproxy", haproxy.command())
                .log(log)
                .stop("USR1", STOP)
                .restart(AT_ONCE)
                .live(HealthCheck.patient(new Probe.Responsive(List.of(
                        new Probe.Socket(masterSocket, "show proc"),
                        new Probe.Socket(masterSocket, "@1 show version")))))
                .recycling(ReplacementPolicy.IN_PLACE)
                .build();
        Supervisor supervisor = Supervisor.start();
        supervisor.run(spec, (_, event) -> {
            if (event instanceof PoolEvent.Changed(var worker, var _) && worker.state() == WorkerState.READY) {
                back.run();
            }
        });
        return new HaproxyProcess(supervisor);
    }

    /** Ends it gracefully, then by force. */
    @Override
    public void close() {
        supervisor.close();
    }
}
