package io.livepatch.fleet.load;

import io.livepatch.fleet.load.WorkloadRunner.IterationException;
import io.livepatch.fleet.stats.Recorder;
import io.livepatch.fleet.stats.StatsRecorder;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs each iteration in a virtual thread of its own, and records its result. A monkey between two iterations has no thread. */
final class VirtualThreadExecutor implements LoadModel.IterationExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualThreadExecutor.class);

    // Virtual threads are not preempted: one that never blocks must give its carrier back by itself.
    private static final long MAX_WITHOUT_YIELD = 100_000;

    private final WorkloadRunner runner;
    private final StatsRecorder recorder;
    private final MonkeyStates monkeys;
    private final MonkeyHistory history;
    private final LoadScheduler scheduler;
    private final Map<Integer, CountDownLatch> preparing = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("iteration").factory());

    VirtualThreadExecutor(
            WorkloadRunner runner,
            StatsRecorder recorder,
            MonkeyStates monkeys,
            MonkeyHistory history,
            LoadScheduler scheduler) {
        this.runner = runner;
        this.recorder = recorder;
        this.monkeys = monkeys;
        this.history = history;
        this.scheduler = scheduler;
    }

    @Override
    public void prepare(int monkey) {
        CountDownLatch ready = new CountDownLatch(1);
        preparing.put(monkey, ready);
        threads.execute(() -> {
            try {
                runner.prepare(monkey, recorder.callRecorder(scheduler.moment(scheduler.now())));
            } catch (IterationException e) {
                LOG.debug("cannot prepare monkey {}; its iteration has to make up for it", monkey, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                preparing.remove(monkey);
                ready.countDown();
            }
        });
    }

    @Override
    public void begin(int monkey, long due, LoadModel model) {
        threads.execute(() -> {
            due(due, scheduler.now());
            run(monkey, due, model);
        });
    }

    @Override
    public void resume(int monkey, long due, LoadModel model) {
        threads.execute(() -> run(monkey, due, model));
    }

    private void run(int monkey, long due, LoadModel model) {
        OptionalLong next = OptionalLong.of(due);
        long since = System.nanoTime();
        while (next.isPresent()) {
            boolean ok = iterate(monkey, next.getAsLong());
            next = model.ended(monkey, ok, scheduler.now());
            if (next.isPresent() && System.nanoTime() - since > MAX_WITHOUT_YIELD) {
                // Not Thread.yield: a carrier prefers threads that yielded on it to all that were unparked elsewhere,
                // which would starve.
                LockSupport.parkNanos(1);
                since = System.nanoTime();
            }
        }
    }

    private boolean iterate(int monkey, long due) {
        if (monkeys.is(monkey, MonkeyStates.FORGET)) {
            monkeys.change(monkey, 0, MonkeyStates.FORGET);
            runner.forget(monkey);
        }
        long begun = scheduler.now();
        Optional<IterationException> failure = attempt(monkey, recorder.callRecorder(scheduler.moment(due)));
        recordEnd(due, begun, scheduler.now(), failure.map(IterationException::kind));
        history.record(monkey, failure, scheduler.now());
        return failure.isEmpty();
    }

    private Optional<IterationException> attempt(int monkey, Recorder calls) {
        try {
            CountDownLatch ready = preparing.get(monkey);
            if (ready != null) {
                ready.await();
            }
            runner.runIteration(monkey, calls);
            return Optional.empty();
        } catch (IterationException e) {
            return Optional.of(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new IterationException("interrupted", "the flock was stopped during the iteration", e));
        } catch (RuntimeException | Error e) {
            // A defect of this program, which must not leave the monkey in the state RUNNING.
            LOG.error("iteration of monkey {} failed unexpectedly", monkey, e);
            return Optional.of(new IterationException(e.getClass().getSimpleName(), String.valueOf(e.getMessage()), e));
        }
    }

    private void recordEnd(long due, long begun, long ended, Optional<String> error) {
        recorder.iterationEnded(scheduler.moment(due), scheduler.moment(begun), scheduler.moment(ended), error);
    }

    @Override
    public void due(long due, long now) {
        recorder.iterationBegan(scheduler.moment(due), scheduler.moment(now));
    }

    @Override
    public void lost(long due, long now, String kind) {
        recordEnd(due, now, now, Optional.of(kind));
    }

    @Override
    public void passedOver(long times) {
        recorder.passedOver(times);
    }

    @Override
    public void wake() {
        scheduler.wake();
    }

    /** Waits for the running iterations, then interrupts them. */
    void close(Duration grace) {
        threads.shutdown();
        try {
            if (threads.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
            threads.shutdownNow();
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("some iterations did not end when they were interrupted");
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
