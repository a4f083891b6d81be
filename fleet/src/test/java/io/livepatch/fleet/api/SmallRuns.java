package io.livepatch.fleet.api;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.load.FlockRun.Limits;
import io.livepatch.fleet.load.WorkloadRunner;
import io.livepatch.fleet.load.WorkloadRunner.IterationException;
import io.livepatch.fleet.stats.Recorder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The engine with machines that send no requests: they report the replica on which they run as the answering unit. In flocks whose
 * names begin with "loud" the first iteration of each machine fails.
 */
final class SmallRuns implements FlockRun.Starter {
    private final int replica;
    private final AtomicInteger open = new AtomicInteger();
    private final FlockRun.Starter engine;

    SmallRuns(int replica) {
        this.replica = replica;
        this.engine = new FlockRun.LocalStarter(replica, this::business, InstantSource.system(), Limits.DEFAULT);
    }

    @Override
    public FlockRun start(Flock flock, FlockPartition flockPartition, Instant begin) {
        return engine.start(flock, flockPartition, begin);
    }

    private WorkloadRunner business(Flock flock) {
        if (flock.name().startsWith("impossible")) {
            throw new IllegalArgumentException("this flock cannot be run");
        }
        open.incrementAndGet();
        return new Small(replica, flock.name().startsWith("loud"), open);
    }

    /** How many have been started and not closed. */
    int open() {
        return open.get();
    }

    private static final class Small implements WorkloadRunner {
        private final int replica;
        private final boolean loud;
        private final AtomicInteger open;
        private final AtomicBoolean refused = new AtomicBoolean();
        private final Set<Integer> known = ConcurrentHashMap.newKeySet();

        Small(int replica, boolean loud, AtomicInteger open) {
            this.replica = replica;
            this.loud = loud;
            this.open = open;
        }

        @Override
        public void runIteration(int monkey, Recorder recorder) {
            recorder.answered("unit-" + replica);
            if (!refused.getAndSet(true)) {
                recorder.refused("check-in", 429, Duration.ofSeconds(1));
            }
            if (known.add(monkey) && loud) {
                throw new IterationException("first", "monkey %d runs on replica %d".formatted(monkey, replica), null);
            }
        }

        @Override
        public void forget(int monkey) {
            known.remove(monkey);
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}
