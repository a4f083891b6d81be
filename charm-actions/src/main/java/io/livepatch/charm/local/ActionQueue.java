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

/** The actions of one unit: those that wait, and those that run beside all else. Every one of them is answered. */
final class ActionQueue implements AutoCloseable {
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);

    private final UnitName unit;
    private final AgentContext around;
    private final Function<PendingAction, LocalUnit> view;
    private final Deque<PendingAction> waiting = new ArrayDeque<>();
    /** Platform threads: what an action starts is tied to the life of its thread. */
    private final ExecutorService beside;

    private boolean closed;

    /** With a function that shows an action the unit as it is. */
    ActionQueue(UnitName unit, AgentContext around, Function<PendingAction, LocalUnit> view) {
        this.unit = unit;
        this.around = around;
        this.view = view;
        this.beside = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("action of " + unit).daemon().factory());
    }

    synchronized void queue(PendingAction action) {
        if (closed) {
            fail(action);
        } else {
            waiting.add(action);
        }
    }

    /** The one whose turn is next. */
    synchronized Optional<PendingAction> next() {
        return Optional.ofNullable(waiting.peek());
    }

    /** Runs the next: one that may run beside all else is then only begun. */
    void runNext() {
        PendingAction action = take();
        if (action == null) {
            return;
        }
        if (action.spec().parallel()) {
            beside.execute(() -> run(action));
        } else {
            run(action);
        }
    }

    private synchronized @Nullable PendingAction take() {
        return waiting.poll();
    }

    private void run(PendingAction action) {
        try {
            LocalUnit seen = view.apply(action);
            ActionResult result = action.action().run(seen, action.parameters());
            if (!action.spec().parallel()) {
                around.store().update(seen.writes()::applyTo);
            }
            action.complete(result);
        } catch (RuntimeException e) {
            UnitLog.of(unit).warn("action '{}' failed", action.spec().name(), e);
            action.fail(e);
        }
    }

    /** Ends those that run, and returns when they have ended; what waits or comes later fails. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            waiting.forEach(this::fail);
            waiting.clear();
        }
        beside.shutdownNow();
        try {
            if (!beside.awaitTermination(ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                UnitLog.of(unit).warn("an action goes on, {} s after it was told to end", ENDS_WITHIN.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fail(PendingAction action) {
        action.fail(new CharmException("unit '" + unit + "' went before the action could run"));
    }

    /** An action on its way; its parameters live only here, because they may be secret. */
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
