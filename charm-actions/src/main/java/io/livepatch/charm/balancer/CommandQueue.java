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
 * Runs the changes of a {@link BackendMembers} one at a time on one thread, and polls haproxy every 50 ms while a change is
 * awaited.
 */
final class CommandQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CommandQueue.class);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
    /** After a failed command or poll. */
    private static final Duration RETRY_INTERVAL = Duration.ofSeconds(1);

    private final BackendMembers members;
    private final ScheduledExecutorService thread;
    /** Confined to the thread. */
    private boolean pollScheduled;

    CommandQueue(String pool, BackendMembers members) {
        this.members = members;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("balancer of " + pool).factory());
    }

    /** Runs a command after the earlier ones. An exception fails {@code answer}, which the command completes otherwise. */
    void submit(CompletableFuture<?> answer, Runnable command) {
        try {
            thread.execute(() -> {
                boolean done = execute(answer, command);
                schedulePoll(done ? POLL_INTERVAL : RETRY_INTERVAL);
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new SupervisorException.Refused("the balancer is closed"));
        }
    }

    private static boolean execute(CompletableFuture<?> answer, Runnable command) {
        try {
            command.run();
            return true;
        } catch (RuntimeException e) {
            LOG.warn("a command to haproxy failed: {}", e.getMessage());
            answer.completeExceptionally(e);
            return false;
        }
    }

    private void schedulePoll(Duration pause) {
        if (!pollScheduled && members.needsPolling()) {
            pollScheduled = true;
            var _ = thread.schedule(this::poll, pause.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void poll() {
        pollScheduled = false;
        boolean done = execute(new CompletableFuture<>(), members::poll);
        if (!thread.isShutdown()) {
            schedulePoll(done ? POLL_INTERVAL : RETRY_INTERVAL);
        }
    }

    /** Ends all waits, and returns when the last command has ended. */
    @Override
    public void close() {
        submit(new CompletableFuture<>(), members::removeAll);
        thread.close();
    }
}
