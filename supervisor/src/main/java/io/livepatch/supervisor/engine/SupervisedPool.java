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
import java.util.ArrayList;
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

/** A pool as seen from any thread: puts orders on the loop and waits for what comes of them. */
final class SupervisedPool implements Pool {

    private static final Logger log = LoggerFactory.getLogger(SupervisedPool.class);

    private static final Duration TAKEN_WITHIN = Duration.ofSeconds(5);

    private final String name;
    private final PoolEngine.Context engineContext;
    private final Optional<Balancer> balancer;
    private final PoolEvent.Listener listener;
    /** Delivers events in order; the loop never waits for the listener. */
    private final ExecutorService listenerThread;

    private final Consumer<SupervisedPool> whenGone;
    private final PoolEngine engine;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private volatile PoolSpec spec;
    private volatile List<WorkerInfo> workers = List.of();
    private volatile boolean paused;
    private volatile boolean closing;
    /** Confined to the loop. */
    private boolean ending;

    SupervisedPool(
            PoolSpec spec,
            PoolEngine.Context engineContext,
            Optional<Balancer> balancer,
            PoolEvent.Listener listener,
            Consumer<SupervisedPool> whenGone) {
        this.name = spec.name();
        this.spec = spec;
        this.engineContext = engineContext;
        this.balancer = balancer;
        this.listener = listener;
        this.listenerThread = Executors.newSingleThreadExecutor(
                Thread.ofVirtual().name("listener of " + name).factory());
        this.whenGone = whenGone;
        this.engine = new PoolEngine(spec, engineContext, balancer, this::heard, this::changed);
    }

    void start() {
        engineContext.loop().execute(engine::start);
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
        engineContext.loop().execute(() -> engine.signal(signal));
    }

    @Override
    public synchronized void change(PoolSpec next) {
        requireOpen();
        SpecChange.requirePossible(spec, next);
        spec = next;
        CompletableFuture<Void> taken = new CompletableFuture<>();
        engineContext.loop().execute(() -> {
            engine.change(next);
            taken.complete(null);
        });
        // The loop never blocks, so this is short; but one that has just been closed drops what it is given.
        taken.completeOnTimeout(null, TAKEN_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    @Override
    public CompletionStage<Void> recycle(String worker) {
        requireOpen();
        CompletableFuture<Void> done = new CompletableFuture<>();
        engineContext.loop().execute(() -> engine.recycle(worker, done));
        return done;
    }

    @Override
    public CompletionStage<Void> recycleAll() {
        requireOpen();
        CompletableFuture<List<CompletableFuture<Void>>> ordered = new CompletableFuture<>();
        engineContext.loop().execute(() -> {
            List<CompletableFuture<Void>> each = new ArrayList<>();
            engine.recycleAll(each);
            ordered.complete(each);
        });
        return ordered.thenCompose(each -> CompletableFuture.allOf(each.toArray(CompletableFuture[]::new)));
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
                    "pool '%s' was not restarted within %s; what is left goes on in its turn: %s"
                            .formatted(name, within, workers));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SupervisorException ours
                    ? ours
                    : new IllegalStateException("a restart cannot fail like this", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SupervisorException.RestartStalled(
                    "interrupted while restarting pool '%s'; what is left goes on in its turn".formatted(name));
        }
    }

    @Override
    public void pause() {
        paused = true;
        engineContext.loop().execute(() -> engine.pause(true));
    }

    @Override
    public void resume() {
        paused = false;
        engineContext.loop().execute(() -> engine.pause(false));
    }

    @Override
    public boolean paused() {
        return paused;
    }

    @Override
    public void close() {
        beginClose();
        awaitGone();
    }

    /** Orders the stop and returns. */
    void beginClose() {
        closing = true;
        engineContext.loop().execute(() -> {
            engine.close();
            changed();
        });
    }

    /** No grace from here on for those who are stopping. */
    void hurry() {
        engineContext.loop().execute(engine::hurry);
    }

    void awaitGone() {
        Duration promised = spec.longestStop();
        boolean interrupted = false;
        try {
            gone.get(promised.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            log.warn("interrupted while pool '{}' was stopping: its workers are killed", name);
            hurryAndWait();
        } catch (TimeoutException | ExecutionException e) {
            log.error("pool '{}' did not end within {}: {}", name, promised, workers, e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits through further interrupts: it is short, and returning early would leave processes behind. */
    private void hurryAndWait() {
        hurry();
        gone.completeOnTimeout(
                        null, WorkerStateMachine.KILL_PATIENCE.multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    /** Whoever is told of it must not find less than that when they look. */
    private void heard(PoolEvent event) {
        workers = engine.workers();
        try {
            listenerThread.execute(() -> deliver(event));
        } catch (RejectedExecutionException closed) {
            // The kernel can hold a killed process for longer than close() waits.
            log.info("pool '{}', after its close: {}", name, event);
        }
    }

    private void deliver(PoolEvent event) {
        try {
            listener.heard(name, event);
        } catch (RuntimeException e) {
            log.error("the listener of pool '{}' failed on {}", name, event, e);
        }
    }

    private void changed() {
        workers = engine.workers();
        if (engine.gone() && !ending) {
            ending = true;
            engine.closeOutputs();
            listenerThread.shutdown();
            whenGone.accept(this);
            // Last of all, and apart: it waits for the end of a process.
            Thread.ofVirtual().name("balancer of " + name).start(this::closeBalancer);
        }
    }

    private void closeBalancer() {
        try {
            balancer.ifPresent(Balancer::close);
        } catch (RuntimeException e) {
            log.error("the balancer of pool '{}' did not end: it may still run", name, e);
        } finally {
            gone.complete(null);
        }
    }
}
