package io.livepatch.charm.local;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.ActionHistory;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.reconcile.Planner.ObservedAgents.ActionView;
import io.livepatch.common.config.GoDuration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The actions of one unit that have not ended. Each runs on a thread of its own; those that are not parallel run one after the other,
 * and a pending one does not keep the others waiting. An action's end is recorded in the model, together with its writes. Thread-safe.
 */
final class UnitActions implements AutoCloseable {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final UnitName unit;
    private final AgentContext context;
    private final Function<Consumer<String>, LocalUnit> unitFactory;
    private final Runnable onPending;
    private final NavigableMap<Integer, ActionTask> tasks = new ConcurrentSkipListMap<>();
    private final ExecutorService threads;

    /** How often the charm has been called; a pending action is asked again after each call. */
    private long calls;

    private @Nullable String closed;

    /**
     * No actions yet.
     *
     * @param unitFactory gives an action the current unit, which reports progress to the consumer
     * @param onPending called when an action has become pending, so that the charm is called
     */
    UnitActions(
            UnitName unit,
            AgentContext context,
            Function<Consumer<String>, LocalUnit> unitFactory,
            Runnable onPending) {
        this.unit = unit;
        this.context = context;
        this.unitFactory = unitFactory;
        this.onPending = onPending;
        this.threads = context.threads().apply("action of " + unit);
    }

    /**
     * Queues an action.
     *
     * @param id its number in the model
     * @param progress gets lines for the command that waits for it
     * @return completed with its result, or exceptionally when it has failed
     */
    synchronized CompletableFuture<ActionResult> queue(
            int id, ActionSpec spec, Charm.Action action, Map<String, String> parameters, Consumer<String> progress) {
        ActionTask task = new ActionTask(id, spec, action, progress);
        task.parameters = parameters;
        add(task);
        return task.answer;
    }

    /** Continues an action that was pending when the controller ended. */
    synchronized void resume(int id, ActionSpec spec, Charm.Action action, ActionRecord.Waiting waiting) {
        ActionTask task = new ActionTask(id, spec, action, _ -> {});
        task.parameters = waiting.parameters();
        task.progress = waiting.progress();
        task.waitingFor = waiting.text();
        task.deadline = waiting.deadline();
        task.askedAt = calls;
        add(task);
    }

    private void add(ActionTask task) {
        tasks.put(task.id, task);
        if (closed != null) {
            end(task, ActionRecord.Outcome.FAILED, closed);
        }
    }

    /** The charm has been called. */
    synchronized void charmCalled() {
        calls++;
    }

    synchronized List<ActionView> view() {
        boolean serialRuns = tasks.values().stream().anyMatch(task -> task.running && !task.spec.parallel());
        List<ActionView> views = new ArrayList<>();
        for (ActionTask task : tasks.values()) {
            boolean due =
                    !task.running && (task.pending() ? task.askedAt < calls : task.spec.parallel() || !serialRuns);
            views.add(new ActionView(task.id, task.pending(), due, task.deadline));
            // The next serial action waits until this one has run.
            serialRuns |= due && !task.pending() && !task.spec.parallel();
        }
        return views;
    }

    /** Begins an action or asks a pending one again; does nothing if it has ended or runs. */
    synchronized void run(int id) {
        ActionTask task = tasks.get(id);
        if (task != null && !task.running) {
            if (task.thread == null && !task.pending()) {
                task.deadline = context.clock().instant().plus(task.action.limit());
            }
            task.running = true;
            task.askedAt = calls;
            task.thread = threads.submit(() -> call(task));
        }
    }

    private void call(ActionTask task) {
        try {
            LocalUnit view = unitFactory.apply(task.listener);
            ActionAnswer answer = task.action.run(view, new Charm.ActionCall(task.parameters, task.progress));
            // Without the lock, for which the controller would wait if the command does not read.
            if (answer instanceof ActionAnswer.Pending(var waitingFor, var _) && !waitingFor.equals(task.waitingFor)) {
                view.actionLog("action " + task.id + " waits: " + waitingFor);
            }
            if (answered(task, view, answer)) {
                onPending.run();
            }
        } catch (RuntimeException e) {
            failed(task, e);
        } finally {
            synchronized (this) {
                task.running = false;
            }
            context.wake().run();
        }
    }

    private synchronized void failed(ActionTask task, RuntimeException cause) {
        task.running = false;
        if (tasks.containsKey(task.id)) {
            UnitStatusRegistry.log(unit).warn("action '{}' failed", task.spec.name(), cause);
            end(task, ActionRecord.Outcome.FAILED, String.valueOf(cause.getMessage()));
        }
    }

    /**
     * Not while an action is ended from outside: either its writes and result count, or neither. True if it has become pending, so that
     * the charm is to be called.
     */
    private synchronized boolean answered(ActionTask task, LocalUnit view, ActionAnswer answer) {
        if (!tasks.containsKey(task.id)) {
            return false;
        }
        boolean first = !task.pending();
        switch (answer) {
            case ActionResult result -> {
                context.store()
                        .update(model -> ActionHistory.end(
                                view.writes().applyTo(model),
                                task.id,
                                ActionRecord.Outcome.COMPLETED,
                                "",
                                result.results(),
                                context.clock().instant()));
                tasks.remove(task.id);
                context.metrics().ended(unit, task.spec.name(), ActionRecord.Outcome.COMPLETED);
                task.answer.complete(result);
            }
            case ActionAnswer.Pending(var waitingFor, var progress) -> {
                task.progress = progress;
                task.waitingFor = waitingFor;
                ActionRecord.Waiting waiting = task.waiting();
                context.store().update(model -> ActionHistory.wait(view.writes().applyTo(model), task.id, waiting));
            }
        }
        return first && task.pending();
    }

    /** Fails an action whose time is up. */
    synchronized void expire(int id) {
        ActionTask task = tasks.get(id);
        if (task != null) {
            end(
                    task,
                    ActionRecord.Outcome.FAILED,
                    "action " + id + " '" + task.spec.name() + "' did not end within "
                            + GoDuration.print(task.action.limit())
                            + (task.pending() ? "; it waited: " + task.waitingFor : ""));
        }
    }

    /** Ends an action on the operator's request; false if it has ended already. */
    synchronized boolean cancel(int id) {
        ActionTask task = tasks.get(id);
        if (task == null) {
            return false;
        }
        end(task, ActionRecord.Outcome.CANCELLED, "action " + id + " '" + task.spec.name() + "' was cancelled");
        return true;
    }

    /** Records the failure and interrupts the action if it runs; its writes are dropped. */
    private synchronized void end(ActionTask task, ActionRecord.Outcome outcome, String message) {
        if (tasks.remove(task.id) == null) {
            return;
        }
        try {
            context.store()
                    .update(model -> ActionHistory.end(
                            model,
                            task.id,
                            outcome,
                            message,
                            Map.of(),
                            context.clock().instant()));
        } finally {
            // Also if the end cannot be recorded: the command that waits for it would wait for ever.
            context.metrics().ended(unit, task.spec.name(), outcome);
            if (task.running && task.thread != null) {
                task.thread.cancel(true);
            }
            task.answer.completeExceptionally(new CharmException(message));
        }
    }

    /** Ends all actions, because the unit is removed; later ones fail. */
    void removed() {
        synchronized (this) {
            closed = "unit '" + unit + "' was removed before the action ended";
            for (ActionTask task : List.copyOf(tasks.values())) {
                end(task, ActionRecord.Outcome.FAILED, closed);
            }
        }
        await();
    }

    /**
     * Interrupts running actions and waits for their end. When the controller has started again, pending ones continue and the others
     * are recorded as aborted ({@link ActionHistory#abortRunning}).
     */
    @Override
    public void close() {
        synchronized (this) {
            closed = "the controller ends";
            tasks.values()
                    .forEach(task -> task.answer.completeExceptionally(new CharmException(
                            task.pending()
                                    ? "the controller ends; action " + task.id + " continues when it has started again"
                                    : "the controller ended during the action")));
            tasks.clear();
        }
        await();
    }

    private void await() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                UnitStatusRegistry.log(unit)
                        .warn("an action still runs {} s after its interruption", STOP_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
