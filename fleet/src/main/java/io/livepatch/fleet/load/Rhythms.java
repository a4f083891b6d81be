package io.livepatch.fleet.load;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Work;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** Which rhythm a flock has. */
final class Rhythms {

    private Rhythms() {}

    static Rhythm of(Flock flock, Monkeys monkeys, Turns turns, Limits limits, RandomGenerator random) {
        long end = flock.duration().map(Duration::toNanos).orElse(Rhythm.NEVER);
        if (flock.work() instanceof Work.ThunderingHerd herd) {
            // All at once, and once: rates have no say, and batches only in who is prepared when.
            long outage = herd.outage().toNanos();
            Rhythm once = new ClosedRhythm(monkeys, turns, monkey -> outage, ok -> Rhythm.NEVER, end);
            return new Preparation(
                    once, turns, monkey -> flock.batches().begin(monkey).toNanos(), outage);
        }
        return switch (flock.load()) {
            case Load.Closed closed ->
                new ClosedRhythm(
                        monkeys,
                        turns,
                        monkey -> flock.batches().begin(monkey).toNanos(),
                        pause(flock.work().pace()),
                        end);
            case Load.Open open -> {
                long deadline = end == Rhythm.NEVER ? end : end + limits.grace().toNanos();
                Rota rota = new Rota(monkeys, limits.underWay());
                yield new OpenRhythm(turns, rota, random, end, deadline);
            }
        };
    }

    private static ClosedRhythm.Pause pause(Work.Pace pace) {
        long idle = pace.idle().toNanos();
        long errorIdle = pace.restart() ? pace.errorIdle().toNanos() : Rhythm.NEVER;
        return ok -> ok ? idle : errorIdle;
    }
}
