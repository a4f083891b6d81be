package io.livepatch.fleet.load;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** Which rhythm a flock has. */
final class LoadModels {

    private LoadModels() {}

    static LoadModel of(
            Flock flock, Monkeys monkeys, IterationExecutor iterationExecutor, Limits limits, RandomGenerator random) {
        long end = flock.duration().map(Duration::toNanos).orElse(LoadModel.NEVER);
        if (flock.work() instanceof Workload.ThunderingHerd herd) {
            // All at once, and once: rates have no say, and batches only in who is prepared when.
            long outage = herd.outage().toNanos();
            LoadModel once = new ClosedModel(monkeys, iterationExecutor, monkey -> outage, ok -> LoadModel.NEVER, end);
            return new SetupPhase(
                    once,
                    iterationExecutor,
                    monkey -> flock.batches().begin(monkey).toNanos(),
                    outage);
        }
        return switch (flock.load()) {
            case Load.Closed closed ->
                new ClosedModel(
                        monkeys,
                        iterationExecutor,
                        monkey -> flock.batches().begin(monkey).toNanos(),
                        pause(flock.work().pace()),
                        end);
            case Load.Open open -> {
                long deadline =
                        end == LoadModel.NEVER ? end : end + limits.grace().toNanos();
                MonkeyRing monkeyRing = new MonkeyRing(monkeys, limits.underWay());
                yield new OpenModel(iterationExecutor, monkeyRing, random, end, deadline);
            }
        };
    }

    private static ClosedModel.Pause pause(Workload.Pace pace) {
        long idle = pace.idle().toNanos();
        long errorIdle = pace.restart() ? pace.errorIdle().toNanos() : LoadModel.NEVER;
        return ok -> ok ? idle : errorIdle;
    }
}
