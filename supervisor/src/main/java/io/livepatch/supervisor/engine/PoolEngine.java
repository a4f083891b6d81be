package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.PoolView.ReplacementRequest;
import io.livepatch.supervisor.engine.PoolView.Role;
import io.livepatch.supervisor.probe.Probes;
import io.livepatch.supervisor.process.Processes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** The slots of a pool: applies requests, and executes what {@link PoolPlan} decides until nothing is left to do. Confined to the loop. */
final class PoolEngine {

    private final Context context;
    private final Optional<Balancer> balancer;
    private final Consumer<PoolEvent> events;
    private final Runnable changed;
    private final List<Slot> slots = new ArrayList<>();
    private final ResourceMonitor resourceMonitor;
    private final PoolActionExecutor executor;

    private PoolSpec spec;
    private boolean paused;
    private boolean closing;
    private boolean reconciling;
    private Instant nextReconcile = Instant.MAX;

    /**
     * What all pools of a supervisor share; a simulation brings its own.
     *
     * @param inherited the environment of this JVM
     * @param random used on the loop only
     */
    record Context(
            EventLoop loop,
            Processes processes,
            Probes probes,
            Processes.UsageReader usageReader,
            WorkerOutput.Factory outputs,
            Map<String, String> inherited,
            RandomGenerator random) {}

    /**
     * @param events gets every event
     * @param changed is called whenever {@link #workers()} may have changed
     */
    PoolEngine(
            PoolSpec spec, Context context, Optional<Balancer> balancer, Consumer<PoolEvent> events, Runnable changed) {
        this.spec = spec;
        this.context = context;
        this.balancer = balancer;
        this.events = events;
        this.changed = changed;
        this.resourceMonitor = new ResourceMonitor(context, balancer, this::spec, this::runners);
        this.executor = new PoolActionExecutor(context, this::spec, slots, events);
        addSlots();
    }

    private void addSlots() {
        while (slots.size() < spec.maxWorkers()) {
            slots.add(new Slot(new WorkerRunner(spec, slots.size(), context, this)));
        }
    }

    void start() {
        resourceMonitor.restart();
        reconcile();
    }

    PoolSpec spec() {
        return spec;
    }

    private List<WorkerRunner> runners() {
        return slots.stream().map(Slot::runner).toList();
    }

    /** The workers by number, without empty slots. */
    List<WorkerInfo> workers() {
        return slots.stream().filter(slot -> !slot.empty()).map(Slot::info).toList();
    }

    boolean paused() {
        return paused;
    }

    boolean stopped() {
        return closing && slots.stream().allMatch(slot -> slot.runner().state() == WorkerState.STOPPED);
    }

    void signal(String name) {
        runners().forEach(runner -> runner.signal(name));
    }

    void reload(String signal) {
        runners().forEach(runner -> runner.reload(signal));
    }

    void pause(boolean on) {
        paused = on;
        reconcile();
    }

    void change(PoolSpec next) {
        spec = next;
        addSlots();
        for (Slot slot : slots) {
            slot.runner().applySpec(next);
            if (slot.runner().outdated()) {
                replaceOutdated(slot);
            } else {
                keepPresent(slot);
            }
        }
        resourceMonitor.restart();
        reconcile();
    }

    private void replaceOutdated(Slot slot) {
        boolean waiting = !slot.runner().state().present();
        if (slot.member() && waiting) {
            slot.runner().handle(new WorkerEvent.Restart(ReplacementReason.CHANGE));
        } else if (slot.member()) {
            requestReplacement(slot, ReplacementReason.CHANGE);
        } else if (slot.role() instanceof Role.Replacement replacement) {
            executor.execute(
                    new PoolPlan.Action.Abandon(replacement.of(), slot.runner().number()));
        }
    }

    /** A spec that was changed back fits the workers that were not replaced yet: nothing is to be done with them. */
    private static void keepPresent(Slot slot) {
        if (slot.request().filter(it -> it.reason() == ReplacementReason.CHANGE).isPresent()) {
            slot.request(Optional.empty());
        }
    }

    /** See {@code Pool.recycle}; {@code done} is completed on the loop. */
    void recycle(String worker, CompletableFuture<Void> done) {
        Optional<Slot> found = slots.stream()
                .filter(slot -> slot.member() && slot.runner().id().equals(worker))
                .findFirst();
        if (closing || found.isEmpty()) {
            done.completeExceptionally(new SupervisorException.Refused(
                    closing
                            ? "cannot restart '%s': its pool is closed".formatted(worker)
                            : "cannot restart '%s': pool '%s' has no such member".formatted(worker, spec.name())));
            return;
        }
        Slot slot = found.get();
        slot.addWaiting(done);
        switch (slot.runner().state()) {
            case BACKING_OFF, FAILED -> slot.runner().handle(new WorkerEvent.Restart(ReplacementReason.REQUEST));
            case STARTING, RUNNING, READY, DRAINING, STOPPING, STOPPED ->
                requestReplacement(slot, ReplacementReason.REQUEST);
        }
        reconcile();
    }

    List<CompletableFuture<Void>> recycleAll() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (Slot slot : slots) {
            if (slot.member()) {
                all.add(new CompletableFuture<>());
                recycle(slot.runner().id(), all.getLast());
            }
        }
        return all;
    }

    void close() {
        closing = true;
        for (Slot slot : slots) {
            slot.takeWaiting()
                    .forEach(future -> future.completeExceptionally(
                            new SupervisorException.Refused("pool '%s' was closed".formatted(spec.name()))));
            slot.runner().handle(new WorkerEvent.Stop(ReplacementReason.SHUTDOWN));
        }
        reconcile();
    }

    void forceStop() {
        runners().forEach(runner -> runner.handle(new WorkerEvent.ForceStop()));
    }

    void closeOutputs() {
        runners().forEach(WorkerRunner::closeOutput);
    }

    /** Present in proxy mode. */
    Optional<Balancer> balancer() {
        return balancer;
    }

    WorkerInfo describe(WorkerRunner runner) {
        return slots.get(runner.number()).info();
    }

    void publish(WorkerRunner runner, PoolEvent event) {
        if (event instanceof PoolEvent.Restarted) {
            slots.get(runner.number()).request(Optional.empty());
        }
        events.accept(event);
    }

    void markedForReplacement(WorkerRunner runner, ReplacementReason reason) {
        requestReplacement(slots.get(runner.number()), reason);
    }

    private void requestReplacement(Slot slot, ReplacementReason reason) {
        if (slot.request().isEmpty()) {
            slot.request(Optional.of(ReplacementRequest.of(reason, now())));
        }
    }

    /** Executes planned actions until none is left. An action that calls this again only adds to what the outer call plans next. */
    void reconcile() {
        if (reconciling) {
            return;
        }
        reconciling = true;
        try {
            Optional<PoolPlan.Action> action = PoolPlan.next(view());
            while (action.isPresent()) {
                executor.execute(action.get());
                action = PoolPlan.next(view());
            }
        } finally {
            reconciling = false;
        }
        slots.stream()
                .filter(slot -> slot.member() && slot.runner().state() == WorkerState.READY)
                .filter(slot -> slot.request().isEmpty())
                .forEach(slot -> slot.takeWaiting().forEach(future -> future.complete(null)));
        PoolPlan.nextPlanTime(view()).ifPresent(this::scheduleReconcile);
        changed.run();
    }

    private void scheduleReconcile(Instant at) {
        if (at.isBefore(nextReconcile) || !nextReconcile.isAfter(now())) {
            nextReconcile = at;
            context.loop().schedule(Duration.between(now(), at), this::reconcile);
        }
    }

    PoolView view() {
        return new PoolView(
                spec,
                paused,
                closing,
                now(),
                executor.nextFill(),
                slots.stream().map(Slot::view).toList());
    }

    private Instant now() {
        return context.loop().instant();
    }
}
