package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stops that are forced early, and of workers that never started. */
class ShutdownIT {

    @TempDir
    Path folder;

    /** A second stop signal may be handled before the first one. */
    @Test
    void aForcedStopThatPrecedesTheCloseAppliesToIt() {
        Supervisor supervisor = Supervisor.start();
        Path log = folder.resolve("stubborn.log");
        Pool pool = supervisor.run(
                PoolSpec.of("stubborn", List.of("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"))
                        .log(log)
                        .stop("TERM", Duration.ofMinutes(10))
                        .build(),
                PoolEvent.Listener.none());
        TestProcesses.until("the trap is set", () -> TestProcesses.text(log).contains("up"));
        supervisor.forceStop();
        assertThat(pool.ready()).isTrue();

        Thread end = Thread.ofPlatform().start(() -> supervisor.close(Duration.ofMinutes(10)));

        TestProcesses.until("it has ended", () -> !end.isAlive());
        assertThat(pool.workers().getFirst().lastExit().orElseThrow()).hasToString("signal KILL");
    }

    @Test
    void aWorkerWhoseOutputCannotBeOpenedReportsThatAndStops() {
        Supervisor supervisor = Supervisor.start(
                (spec, id, number) -> {
                    throw new IllegalStateException("no place for " + id);
                },
                Supervisor.Proxies.NONE);
        Pool pool = supervisor.run(PoolSpec.of("mute", List.of("sleep", "1000")).build(), PoolEvent.Listener.none());
        TestProcesses.until(
                "it says so",
                () -> pool.workers().stream()
                        .anyMatch(worker ->
                                worker.problem().orElse("").contains("cannot open its output: no place for mute-0")));

        Thread end = Thread.ofPlatform().start(supervisor::close);

        TestProcesses.until("it has ended", () -> !end.isAlive());
        assertThat(pool.workers()).allMatch(worker -> worker.pid().equals(Optional.empty()));
    }
}
