package io.livepatch.charm.local;

import io.livepatch.charm.api.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.local.UnitAgent.AgentContext;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The queue of one unit's actions, which also runs parallel actions. Each action is completed, with a result or a failure. */
final class ActionQueue implements AutoCloseable {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final UnitName unit;
    private final AgentContext context;
    private final Function<PendingAction, LocalUnit> unitFactory;
    private final Deque<PendingAction> waiting = new ArrayDeque<>();
    /** Platform threads: a program that an action starts dies with the thread (parent death signal). */
    private final ExecutorService parallel;

    private boolean closed;

    /** Creates an empty queue; {@code unitFactory} gives an action the current unit. */
    ActionQueue(UnitName unit, AgentContext context, Function<PendingAction, LocalUnit> unitFactory) {
        this.unit = unit;
        this.context = context;
        this.unitFactory = unitFactory;
        this.parallel = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("action of " + unit).daemon().factory());
    }

    synchronized void queue(PendingAction action) {
        if (closed) {
            fail(action);
        } else {
            waiting.add(action);
        }
    }

    /** The next action; empty if none waits. */
    synchronized Optional<PendingAction> next() {
        return Optional.ofNullable(waiting.peek());
    }

    /** Runs the next action; a parallel one is only started. */
    void runNext() {
        PendingAction action = take();
        if (action == null) {
            return;
        }
        if (action.spec().parallel()) {
            parallel.execute(() -> run(action));
        } else {
            run(action);
        }
    }

    private synchronized @Nullable PendingAction take() {
        return waiting.poll();
    }

    private void run(PendingAction action) {
        try {
            LocalUnit unitView = unitFactory.apply(action);
            ActionResult result = action.action().run(unitView, action.parameters());
            if (!action.spec().parallel()) {
                context.store().update(unitView.writes()::applyTo);
            }
            action.complete(result);
        } catch (RuntimeException e) {
            UnitStatusRegistry.log(unit)
                    .warn("action '{}' failed", action.spec().name(), e);
            action.fail(e);
        }
    }

    /** Interrupts running actions and waits for their end; waiting and later actions fail. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            waiting.forEach(this::fail);
            waiting.clear();
        }
        parallel.shutdownNow();
        try {
            if (!parallel.awaitTermination(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                UnitStatusRegistry.log(unit)
                        .warn("an action still runs {} s after its interruption", STOP_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fail(PendingAction action) {
        action.fail(new CharmException("unit '" + unit + "' was removed before the action could run"));
    }

    /** A queued action. Its parameters are in memory only, because they may be secret. */
    record PendingAction(
            int id,
            ActionSpec spec,
            Action action,
            Map<String, String> parameters,
            Consumer<String> progress,
            CompletableFuture<ActionResult> answer) {

        void complete(ActionResult result) {
            answer.complete(result);
        }

        void fail(RuntimeException cause) {
            answer.completeExceptionally(cause);
        }

        @Override
        public String toString() {
            return "action " + id + " " + spec.name();
        }
    }
}
