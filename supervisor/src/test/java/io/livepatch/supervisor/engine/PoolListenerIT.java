package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The events of a listener, and the state of the pool when it gets them. */
class PoolListenerIT {

    private static final int WORKERS = 50;

    @TempDir
    Path folder;

    @Test
    void listenerOfGaveUpFindsTheWorkerFailedInThePool() {
        CompletableFuture<Pool> found = new CompletableFuture<>();
        List<WorkerState> seen = new CopyOnWriteArrayList<>();
        try (Supervisor supervisor = Supervisor.start()) {
            PoolSpec spec = PoolSpec.of("hopeless", List.of("false"))
                    .log(folder.resolve("hopeless.log"))
                    .replicas(WORKERS)
                    .restart(new RestartPolicy(
                            Duration.ofMillis(1), Duration.ofMillis(2), 1, Duration.ofHours(1), OptionalInt.of(0)))
                    .build();

            found.complete(supervisor.run(spec, (name, event) -> {
                if (event instanceof PoolEvent.GaveUp(WorkerInfo worker, var why)) {
                    found.join().workers().stream()
                            .filter(it -> it.id().equals(worker.id()))
                            .forEach(it -> seen.add(it.state()));
                }
            }));

            TestProcesses.until("all are given up", () -> seen.size() == WORKERS);
        }
        assertThat(seen).containsOnly(WorkerState.FAILED);
    }
}
