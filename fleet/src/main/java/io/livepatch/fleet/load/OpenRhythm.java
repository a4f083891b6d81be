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
final class OpenRhythm implements Rhythm {
    private final Turns turns;
    private final Rota rota;
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
    OpenRhythm(Turns turns, Rota rota, RandomGenerator random, long end, long deadline) {
        this.turns = turns;
        this.rota = rota;
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
        for (Optional<Rota.Place.Begin> one = rota.oldest(); one.isPresent(); one = rota.oldest()) {
            turns.resume(one.get().monkey(), one.get().due(), this);
        }
        while (arrivals != null && next() <= Math.min(now, end - 1)) {
            arrive(next(), now);
            arrivals.pass();
        }
        turns.passedOver(rota.passedOver());
        if (now >= deadline) {
            giveUp(now);
        }
        if (next() < end) {
            return next();
        }
        return rota.anybodyWaits() ? deadline : NEVER;
    }

    private void arrive(long due, long now) {
        switch (rota.place(due)) {
            case Rota.Place.Begin begin -> turns.begin(begin.monkey(), due, this);
            case Rota.Place.Wait wait -> turns.due(due, now);
            case Rota.Place.Full full -> {
                turns.due(due, now);
                turns.lost(due, now, "overload");
            }
        }
    }

    private void giveUp(long now) {
        for (long due : rota.giveUp()) {
            turns.lost(due, now, "not begun");
        }
    }

    @Override
    public OptionalLong ended(int monkey, boolean ok, long now) {
        return rota.ended(monkey);
    }

    @Override
    public void divide(Share share, long now) {
        divide(share, Rota.circle(share.monkeys()), now);
    }

    private synchronized void divide(Share share, int[] circle, long now) {
        if (stopped) {
            return;
        }
        advance(now); // what was due until now is ours by the old share, and later ones by the new
        rota.divide(share.monkeys(), circle);
        // The keeper may have come further while this waited for it.
        arrivals = share.load() instanceof Load.Open load ? new Arrivals(load, share.phase(), seen, random) : null;
        turns.wake();
    }

    @Override
    public synchronized void stop(long now) {
        stopped = true;
        giveUp(now);
    }

    @Override
    public synchronized boolean over(long now) {
        return next() >= end && rota.quiet();
    }

    @Override
    public long alive(long now) {
        return now < 0 ? 0 : rota.size();
    }
}
