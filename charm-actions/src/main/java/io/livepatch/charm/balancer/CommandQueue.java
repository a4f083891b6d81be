package io.livepatch.charm.balancer;

import io.livepatch.supervisor.SupervisorException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs changes of a {@link BackendMembers} one after the other on one thread, and has it ask haproxy every 50 ms while a change is waited for.
 */
final class CommandQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CommandQueue.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    /** After something went wrong, which most often takes a moment to mend. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final BackendMembers backendMembers;
    private final ScheduledExecutorService thread;
    /** Confined to the thread, as the line-up. */
    private boolean watching;

    CommandQueue(String pool, BackendMembers backendMembers) {
        this.backendMembers = backendMembers;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("balancer of " + pool).factory());
    }

    /** Has it carried out in its turn; what it throws becomes the {@code answer}, which it else completes itself. */
    void give(CompletableFuture<?> answer, Runnable order) {
        try {
            thread.execute(() -> {
                boolean done = carryOut(answer, order);
                watch(done ? LOOK_EVERY : LOOK_AGAIN);
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new SupervisorException.Refused("the balancer is closed"));
        }
    }

    private static boolean carryOut(CompletableFuture<?> answer, Runnable order) {
        try {
            order.run();
            return true;
        } catch (RuntimeException e) {
            LOG.warn("haproxy did not do what it was told: {}", e.getMessage());
            answer.completeExceptionally(e);
            return false;
        }
    }

    private void watch(Duration pause) {
        if (!watching && backendMembers.waiting()) {
            watching = true;
            var _ = thread.schedule(this::look, pause.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        watching = false;
        boolean done = carryOut(new CompletableFuture<>(), backendMembers::look);
        if (!thread.isShutdown()) {
            watch(done ? LOOK_EVERY : LOOK_AGAIN);
        }
    }

    /** Ends what is still waited for; returns when the last change has been made. */
    @Override
    public void close() {
        give(new CompletableFuture<>(), backendMembers::disband);
        thread.close();
    }
}
