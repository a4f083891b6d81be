package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pool as seen from any thread: puts orders on the loop and waits for what comes of them. */
final class SupervisedPool implements Pool {

    private static final Logger log = LoggerFactory.getLogger(SupervisedPool.class);

    /** What thread scheduling may add to the time in which the rules promise that a stop has ended. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    private final PoolSpec spec;
    private final Machinery machinery;
    private final Announcer announcer;
    private final Consumer<SupervisedPool> whenGone;
    private final List<LogFile> logs = new ArrayList<>();
    private final List<WorkerSlot> slots;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final ReentrantLock rollingRestart = new ReentrantLock();
    private volatile boolean closing;

    SupervisedPool(
            PoolSpec spec,
            Map<String, String> inherited,
            Machinery machinery,
            Announcer announcer,
            Consumer<SupervisedPool> whenGone) {
        this.spec = spec;
        this.machinery = machinery;
        this.announcer = announcer;
        this.whenGone = whenGone;
        this.slots = IntStream.range(0, spec.replicas())
                .mapToObj(number -> slot(number, inherited))
                .toList();
    }

    private WorkerSlot slot(int number, Map<String, String> inherited) {
        LogFile output = new LogFile(
                spec.log().fileOf(number), spec.log().maxBytes(), spec.log().keep());
        logs.add(output);
        Processes.Start start = new Processes.Start(
                spec.name() + "-" + number,
                spec.command(),
                WorkerEnvironment.of(spec, number, inherited),
                spec.directory(),
                spec.user(),
                spec.parentDeathSignal(),
                spec.stop().timeout(),
                output);
        return new WorkerSlot(spec, start, output.file(), machinery, this::changed);
    }

    void start() {
        tellAll(new WorkerEvent.Start());
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public PoolSpec spec() {
        return spec;
    }

    @Override
    public List<WorkerInfo> workers() {
        return slots.stream().map(WorkerSlot::info).toList();
    }

    @Override
    public boolean ready() {
        return slots.stream().allMatch(slot -> slot.info().state() == WorkerState.READY);
    }

    @Override
    public void signal(String signal) {
        Require.signal(signal, "signal");
        machinery.loop().execute(() -> slots.forEach(slot -> slot.signal(signal)));
    }

    @Override
    public void restart(Duration readyWithin) {
        Require.positive(readyWithin, "time to get ready");
        try {
            rollingRestart.lockInterruptibly();
            try {
                for (WorkerSlot slot : slots) {
                    restart(slot, readyWithin);
                }
            } finally {
                rollingRestart.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SupervisorException.RestartStalled(
                    "interrupted while restarting pool '%s'; some workers may run their old process".formatted(name()));
        }
    }

    private void restart(WorkerSlot slot, Duration readyWithin) throws InterruptedException {
        if (closing) {
            throw new SupervisorException.Refused("cannot restart pool '%s': it is closed".formatted(name()));
        }
        CompletableFuture<WorkerInfo> back = new CompletableFuture<>();
        machinery.loop().execute(() -> slot.restart(back));
        Duration patience = spec.stop().timeout().plus(readyWithin);
        try {
            if (back.get(patience.toMillis(), TimeUnit.MILLISECONDS).state() == WorkerState.STOPPED) {
                throw new SupervisorException.Refused("pool '%s' was closed while it restarted".formatted(name()));
            }
        } catch (TimeoutException e) {
            throw new SupervisorException.RestartStalled(stalled(slot.info(), patience));
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing completes this future with an exception", e);
        }
    }

    private String stalled(WorkerInfo worker, Duration patience) {
        return "stopped restarting pool '%s': worker '%s' is %s and not READY %s after its restart (%s); those after it were left alone"
                .formatted(
                        name(),
                        worker.id(),
                        worker.state(),
                        patience,
                        worker.problem().orElse("no problem known"));
    }

    @Override
    public void close() {
        beginClose();
        awaitGone();
    }

    /** Orders the stop and returns. */
    void beginClose() {
        closing = true;
        tellAll(new WorkerEvent.Stop());
        machinery.loop().execute(this::checkGone);
    }

    void awaitGone() {
        Duration promised = spec.stop().timeout().plus(WorkerLife.KILL_PATIENCE).plus(SLACK);
        boolean interrupted = false;
        try {
            gone.get(promised.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            hurry();
        } catch (TimeoutException | ExecutionException e) {
            log.error("pool '{}' did not end within {}: {}", name(), promised, workers(), e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Kills and waits through further interrupts: it is short, and returning early would leave processes behind. */
    private void hurry() {
        log.warn("interrupted while pool '{}' was stopping: its workers are killed", name());
        tellAll(new WorkerEvent.Hurry());
        gone.completeOnTimeout(null, WorkerLife.KILL_PATIENCE.plus(SLACK).toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private void tellAll(WorkerEvent event) {
        machinery.loop().execute(() -> slots.forEach(slot -> slot.handle(event)));
    }

    private void changed(WorkerSlot slot) {
        announcer.announce(name(), slot.info());
        checkGone();
    }

    private void checkGone() {
        if (closing && !gone.isDone() && slots.stream().allMatch(slot -> slot.state() == WorkerState.STOPPED)) {
            logs.forEach(LogFile::close);
            announcer.close();
            whenGone.accept(this);
            gone.complete(null);
        }
    }
}
