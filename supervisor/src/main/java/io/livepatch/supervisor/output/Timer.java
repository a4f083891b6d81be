package io.livepatch.supervisor.output;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The seam to the passing of time. */
@FunctionalInterface
interface Timer {

    /** Real time; tasks run on the JDK's own threads and must not block. */
    Timer REAL = (delay, task) -> CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS)
            .execute(task);

    void in(Duration delay, Runnable task);
}
