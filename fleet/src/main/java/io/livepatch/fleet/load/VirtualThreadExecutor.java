package io.livepatch.fleet.load;

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

/** Has each turn done by a virtual thread of its own, and writes down how it went. A monkey between two turns has no thread. */
final class VirtualThreadExecutor implements IterationExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualThreadExecutor.class);

    // Nobody takes the processor from a virtual thread that does not give it.
    private static final long AT_A_STRETCH = 100_000;

    private final Business business;
    private final StatsRecorder figures;
    private final Monkeys monkeys;
    private final MonkeyHistory history;
    private final LoadScheduler time;
    private final Map<Integer, CountDownLatch> preparing = new ConcurrentHashMap<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("turn").factory());

    VirtualThreadExecutor(
            Business business, StatsRecorder figures, Monkeys monkeys, MonkeyHistory history, LoadScheduler time) {
        this.business = business;
        this.figures = figures;
        this.monkeys = monkeys;
        this.history = history;
        this.time = time;
    }

    @Override
    public void prepare(int monkey) {
        CountDownLatch ready = new CountDownLatch(1);
        preparing.put(monkey, ready);
        threads.execute(() -> {
            try {
                business.prepare(monkey, figures.calls(System.nanoTime()));
            } catch (IterationException e) {
                LOG.debug("monkey {} is not prepared; its turn has to make up for it", monkey, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                preparing.remove(monkey);
                ready.countDown();
            }
        });
    }

    @Override
    public void begin(int monkey, long due, LoadModel loadModel) {
        threads.execute(() -> {
            due(due, time.now());
            run(monkey, due, loadModel);
        });
    }

    @Override
    public void resume(int monkey, long due, LoadModel loadModel) {
        threads.execute(() -> run(monkey, due, loadModel));
    }

    private void run(int monkey, long due, LoadModel loadModel) {
        OptionalLong next = OptionalLong.of(due);
        long since = time.now();
        while (next.isPresent()) {
            boolean ok = turn(monkey, next.getAsLong());
            long now = time.now();
            next = loadModel.ended(monkey, ok, now);
            if (next.isPresent() && now - since > AT_A_STRETCH) {
                // Not a yield: a processor prefers those that yielded on it to all that were woken from elsewhere, for
                // ever.
                LockSupport.parkNanos(1);
                since = time.now();
            }
        }
    }

    private boolean turn(int monkey, long due) {
        if (monkeys.is(monkey, Monkeys.FORGET)) {
            monkeys.change(monkey, 0, Monkeys.FORGET);
            business.forget(monkey);
        }
        long begun = System.nanoTime();
        Optional<IterationException> failure = attempt(monkey, figures.calls(time.moment(due)));
        long ended = System.nanoTime();
        figures.turn(time.moment(due), begun, ended, failure.map(IterationException::kind));
        history.note(monkey, failure, time.now());
        return failure.isEmpty();
    }

    private Optional<IterationException> attempt(int monkey, Recorder calls) {
        try {
            prepared(monkey);
            business.turn(monkey, calls);
            return Optional.empty();
        } catch (IterationException e) {
            return Optional.of(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new IterationException("interrupted", "the flock was stopped during the turn", e));
        } catch (RuntimeException | Error e) {
            // A defect of ours; it must not leave the monkey running for ever.
            LOG.error("turn of monkey {} broke", monkey, e);
            return Optional.of(new IterationException(e.getClass().getSimpleName(), String.valueOf(e.getMessage()), e));
        }
    }

    private void prepared(int monkey) throws InterruptedException {
        CountDownLatch ready = preparing.get(monkey);
        if (ready != null) {
            ready.await();
        }
    }

    @Override
    public void due(long due, long now) {
        figures.due(time.moment(due), time.moment(now));
    }

    @Override
    public void lost(long due, long now, String kind) {
        figures.turn(time.moment(due), time.moment(now), time.moment(now), Optional.of(kind));
    }

    @Override
    public void passedOver(long times) {
        figures.passedOver(times);
    }

    @Override
    public void wake() {
        time.wake();
    }

    /** Waits for turns under way, then interrupts them. */
    void close(Duration grace) {
        threads.shutdown();
        try {
            if (threads.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
            threads.shutdownNow();
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("some turns did not end when they were interrupted");
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
