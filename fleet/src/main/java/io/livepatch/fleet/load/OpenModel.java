package io.livepatch.fleet.load;

import io.livepatch.fleet.flock.Load;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Turns are due as the plan says, whatever became of those before. One that the process comes to late is begun with the moment it was meant for, and
 * so are all others that are late with it: a stall of the server, or of the generator, then shows in the response times of all who would have
 * met it. Never is one left out or moved to a better moment. When every monkey is busy, turns wait for the first that is free.
 */
final class OpenModel implements LoadModel {
    private final IterationExecutor iterationExecutor;
    private final MonkeyRing monkeyRing;
    private final RandomGenerator random;
    private final long end;
    private final long deadline;
    private @Nullable Arrivals arrivals;
    // All that was due by then has been seen to.
    private long seen = -1;
    private boolean stopped;

    /**
     * Has nobody yet.
     *
     * @param end no turn is due at or after it
     * @param deadline what still waits by then is lost
     */
    OpenModel(
            IterationExecutor iterationExecutor,
            MonkeyRing monkeyRing,
            RandomGenerator random,
            long end,
            long deadline) {
        this.iterationExecutor = iterationExecutor;
        this.monkeyRing = monkeyRing;
        this.random = random;
        this.end = end;
        this.deadline = deadline;
    }

    private long next() {
        return stopped || arrivals == null ? NEVER : arrivals.next();
    }

    @Override
    public synchronized long advance(long now) {
        seen = Math.max(seen, now);
        for (Optional<MonkeyRing.Place.Begin> one = monkeyRing.oldest(); one.isPresent(); one = monkeyRing.oldest()) {
            iterationExecutor.resume(one.get().monkey(), one.get().due(), this);
        }
        while (arrivals != null && next() <= Math.min(now, end - 1)) {
            arrive(next(), now);
            arrivals.pass();
        }
        iterationExecutor.passedOver(monkeyRing.passedOver());
        if (now >= deadline) {
            giveUp(now);
        }
        if (next() < end) {
            return next();
        }
        return monkeyRing.anybodyWaits() ? deadline : NEVER;
    }

    private void arrive(long due, long now) {
        switch (monkeyRing.place(due)) {
            case MonkeyRing.Place.Begin begin -> iterationExecutor.begin(begin.monkey(), due, this);
            case MonkeyRing.Place.Wait wait -> iterationExecutor.due(due, now);
            case MonkeyRing.Place.Full full -> {
                iterationExecutor.due(due, now);
                iterationExecutor.lost(due, now, "overload");
            }
        }
    }

    private void giveUp(long now) {
        for (long due : monkeyRing.giveUp()) {
            iterationExecutor.lost(due, now, "not begun");
        }
    }

    @Override
    public OptionalLong ended(int monkey, boolean ok, long now) {
        return monkeyRing.ended(monkey);
    }

    @Override
    public void divide(FlockShare flockShare, long now) {
        divide(flockShare, MonkeyRing.circle(flockShare.monkeys()), now);
    }

    private synchronized void divide(FlockShare flockShare, int[] circle, long now) {
        if (stopped) {
            return;
        }
        advance(now); // what was due until now is ours by the old share, and later ones by the new
        monkeyRing.divide(flockShare.monkeys(), circle);
        // The keeper may have come further while this waited for it.
        arrivals = flockShare.load() instanceof Load.Open load
                ? new Arrivals(load, flockShare.phase(), seen, random)
                : null;
        iterationExecutor.wake();
    }

    @Override
    public synchronized void stop(long now) {
        stopped = true;
        giveUp(now);
    }

    @Override
    public synchronized boolean over(long now) {
        return next() >= end && monkeyRing.quiet();
    }

    @Override
    public long alive(long now) {
        return now < 0 ? 0 : monkeyRing.size();
    }
}
