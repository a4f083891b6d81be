package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread-safe view of a pool: passes requests to {@link PoolEngine} on the loop and waits for their results. */
final class SupervisedPool implements Pool {

    private static final Logger log = LoggerFactory.getLogger(SupervisedPool.class);

    private static final Duration CHANGE_TIMEOUT = Duration.ofSeconds(5);

    private final String name;
    private final PoolEngine.Context context;
    private final Optional<Balancer> balancer;
    private final PoolEvent.Listener listener;
    /** Delivers events in order; the loop never waits for the listener. */
    private final ExecutorService listenerThread;

    private final Consumer<SupervisedPool> onSpec;
    private final Consumer<SupervisedPool> onStopped;
    private final PoolEngine engine;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private volatile PoolSpec spec;
    private volatile List<WorkerInfo> workers = List.of();
    private volatile boolean paused;
    private volatile boolean closing;
    /** Confined to the loop. */
    private boolean ending;

    /**
     * A pool without workers until {@link #start}.
     *
     * @param onSpec called when the spec has changed and before workers are changed
     * @param onStopped called when no process is left
     */
    SupervisedPool(
            PoolSpec spec,
            PoolEngine.Context context,
            Optional<Balancer> balancer,
            PoolEvent.Listener listener,
            Consumer<SupervisedPool> onSpec,
            Consumer<SupervisedPool> onStopped) {
        this.name = spec.name();
        this.spec = spec;
        this.context = context;
        this.balancer = balancer;
        this.listener = listener;
        this.listenerThread = Executors.newSingleThreadExecutor(
                Thread.ofVirtual().name("listener of " + name).factory());
        this.onSpec = onSpec;
        this.onStopped = onStopped;
        this.engine = new PoolEngine(spec, context, balancer, this::onEvent, this::changed);
    }

    void start() {
        context.loop().execute(engine::start);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public PoolSpec spec() {
        return spec;
    }

    @Override
    public List<WorkerInfo> workers() {
        return workers;
    }

    @Override
    public boolean ready() {
        return workers.stream()
                        .filter(worker ->
                                worker.role() == WorkerInfo.Role.MEMBER && worker.state() == WorkerState.READY)
                        .count()
                >= spec.replicas();
    }

    @Override
    public void signal(String signal) {
        context.loop().execute(() -> engine.signal(signal));
    }

    @Override
    public void reload(String signal) {
        context.loop().execute(() -> engine.reload(signal));
    }

    @Override
    public synchronized void change(PoolSpec next) {
        requireOpen();
        SpecChange.requirePossible(spec, next);
        spec = next;
        try {
            onSpec.accept(this);
        } catch (RuntimeException e) {
            // The workers follow the spec all the same: a repeated change of the same spec would do nothing.
            log.error("cannot keep the ports of pool '{}'", next.name(), e);
        }
        CompletableFuture<Void> changed = new CompletableFuture<>();
        context.loop().execute(() -> {
            engine.change(next);
            changed.complete(null);
        });
        awaitLoop(changed);
    }

    /** The loop never blocks, so this is short; a loop that has just been closed drops the task, hence the timeout. */
    private static void awaitLoop(CompletableFuture<?> task) {
        task.thenAccept(_ -> {})
                .completeOnTimeout(null, CHANGE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    @Override
    public CompletionStage<Void> recycle(String worker) {
        requireOpen();
        CompletableFuture<Void> done = new CompletableFuture<>();
        context.loop().execute(() -> engine.recycle(worker, done));
        return done;
    }

    @Override
    public CompletionStage<Void> recycleAll() {
        requireOpen();
        // A task of the loop and not supplyAsync, whose future would keep a defect of the engine from being logged.
        CompletableFuture<List<CompletableFuture<Void>>> requested = new CompletableFuture<>();
        context.loop().execute(() -> requested.complete(engine.recycleAll()));
        awaitLoop(requested);
        return requested.thenCompose(each -> CompletableFuture.allOf(each.toArray(CompletableFuture[]::new)));
    }

    private void requireOpen() {
        if (closing) {
            throw new SupervisorException.Refused("pool '%s' is closed".formatted(name));
        }
    }

    @Override
    public void restart(Duration within) {
        try {
            recycleAll().toCompletableFuture().get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SupervisorException.RestartStalled(
                    "pool '%s' was not restarted within %s; the remaining restarts continue: %s"
                            .formatted(name, within, workers));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SupervisorException failure
                    ? failure
                    : new IllegalStateException("cannot restart pool '%s'".formatted(name), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SupervisorException.RestartStalled(
                    "interrupted while restarting pool '%s'; the remaining restarts continue".formatted(name));
        }
    }

    @Override
    public void pause() {
        paused = true;
        context.loop().execute(() -> engine.pause(true));
    }

    @Override
    public void resume() {
        paused = false;
        context.loop().execute(() -> engine.pause(false));
    }

    @Override
    public boolean paused() {
        return paused;
    }

    @Override
    public void close() {
        beginClose();
        awaitStopped();
    }

    /** Starts the stop and returns. */
    void beginClose() {
        closing = true;
        context.loop().execute(() -> {
            engine.close();
            changed();
        });
    }

    /** Kills the workers that are stopping. */
    void forceStop() {
        context.loop().execute(engine::forceStop);
    }

    void awaitStopped() {
        Duration longest = spec.longestStop();
        boolean interrupted = false;
        try {
            stopped.get(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            log.warn("interrupted while pool '{}' was stopping: its workers are killed", name);
            forceStopAndWait();
        } catch (TimeoutException | ExecutionException e) {
            log.error("pool '{}' did not stop within {}: {}", name, longest, workers, e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Not interruptible: the wait is short, and an early return would leave processes behind. */
    private void forceStopAndWait() {
        forceStop();
        stopped.completeOnTimeout(
                        null, WorkerStateMachine.KILL_TIMEOUT.multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    /** Updates {@link #workers} first, so that a listener which reads them finds at least the state of its event. */
    private void onEvent(PoolEvent event) {
        workers = engine.workers();
        try {
            listenerThread.execute(() -> deliver(() -> listener.onEvent(name, event), event));
        } catch (RejectedExecutionException closed) {
            // The kernel can hold a killed process for longer than close() waits.
            log.info("pool '{}', after its close: {}", name, event);
        }
    }

    private void deliver(Runnable call, Object what) {
        try {
            call.run();
        } catch (RuntimeException e) {
            log.error("the listener of pool '{}' failed on {}", name, what, e);
        }
    }

    private void changed() {
        List<WorkerInfo> before = workers;
        workers = engine.workers();
        if (!ending && !workers.equals(before)) {
            listenerThread.execute(() -> deliver(() -> listener.workersChanged(name), "a change of its workers"));
        }
        if (engine.stopped() && !ending) {
            ending = true;
            engine.closeOutputs();
            listenerThread.shutdown();
            onStopped.accept(this);
            // Closing a balancer waits for the end of its process, which the loop must not.
            Thread.ofVirtual().name("balancer of " + name).start(this::closeBalancer);
        }
    }

    private void closeBalancer() {
        try {
            balancer.ifPresent(Balancer::close);
        } catch (RuntimeException e) {
            log.error("the balancer of pool '{}' cannot be closed and may still run", name, e);
        } finally {
            stopped.complete(null);
        }
    }
}
