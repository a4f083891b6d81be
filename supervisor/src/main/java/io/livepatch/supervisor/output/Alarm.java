package io.livepatch.supervisor.output;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The seam to the passing of time. */
@FunctionalInterface
interface Alarm {

    /** Real time; tasks run on the JDK's own threads and must not block. */
    Alarm REAL = (delay, task) -> CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS)
            .execute(task);

    void in(Duration delay, Runnable task);
}
