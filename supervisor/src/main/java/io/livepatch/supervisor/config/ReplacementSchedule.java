package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;

/**
 * A simulation of the recycles that lifespans cause: each takes its maximum duration, and no worker crashes. Times count from the start
 * of the first worker. The jitter of each worker is random.
 */
final class ReplacementSchedule {

    /**
     * One recycle.
     *
     * @param round the number of this lifespan, counted from 1
     * @param earliest due time without jitter
     * @param latest due time with the maximum of jitter
     * @param begins when the queue reaches it
     * @param done when the new worker is ready and the old one has ended
     */
    record Row(
            int round,
            int worker,
            int successor,
            Duration earliest,
            Duration due,
            Duration latest,
            Duration begins,
            Duration done) {}

    private record Life(int round, int worker, Duration launched, Duration due) {}

    /** One of the {@code max_unavailable} concurrent recycles; for start-first also the free worker number. */
    private record Slot(int number, Duration free) {}

    private final PoolSpec spec;
    private final PoolTimes times;
    private final RandomGenerator random;
    private final Duration lifespan;
    private final PriorityQueue<Life> lives =
            new PriorityQueue<>(Comparator.comparing(Life::due).thenComparingInt(Life::worker));
    private final List<Slot> slots = new ArrayList<>();

    private ReplacementSchedule(PoolSpec spec, Duration lifespan, RandomGenerator random) {
        this.spec = spec;
        this.times = new PoolTimes(spec);
        this.lifespan = lifespan;
        this.random = random;
    }

    /** The recycles of that many rounds, in the order in which they begin; empty without a lifespan. */
    static List<Row> of(PoolSpec spec, int rounds, RandomGenerator random) {
        return spec.limits()
                .lifespan()
                .map(lifespan -> new ReplacementSchedule(spec, lifespan, random).rows(rounds))
                .orElse(List.of());
    }

    private List<Row> rows(int rounds) {
        for (int worker = 0; worker < spec.replicas(); worker++) {
            lives.add(life(1, worker, spec.startSpacing().multipliedBy(worker)));
        }
        for (int slot = 0; slot < spec.recycling().maxUnavailable(); slot++) {
            slots.add(new Slot(spec.replicas() + slot, Duration.ZERO));
        }
        List<Row> rows = new ArrayList<>();
        while (rows.size() < rounds * spec.replicas()) {
            rows.add(next(lives.remove()));
        }
        return rows;
    }

    private Row next(Life life) {
        Duration free =
                slots.stream().map(Slot::free).min(Comparator.naturalOrder()).orElse(Duration.ZERO);
        Duration begins = free.compareTo(life.due()) > 0 ? free : life.due();
        Slot slot = slots.stream()
                .filter(it -> it.free().compareTo(begins) <= 0)
                .min(Comparator.comparingInt(Slot::number))
                .orElseThrow();
        Duration done = begins.plus(times.oneRecycle());
        boolean startFirst = spec.recycling().order() == ReplacementPolicy.Order.START_FIRST;
        int successor = startFirst ? slot.number() : life.worker();
        slots.remove(slot);
        slots.add(new Slot(startFirst ? life.worker() : slot.number(), done));
        lives.add(life(life.round() + 1, successor, startFirst ? begins : begins.plus(times.stopping())));
        return new Row(
                life.round(),
                life.worker(),
                successor,
                life.launched().plus(lifespan),
                life.due(),
                life.launched().plus(lifespan).plus(jitter(1)),
                begins,
                done);
    }

    private Life life(int round, int worker, Duration launched) {
        return new Life(round, worker, launched, launched.plus(lifespan).plus(jitter(random.nextDouble())));
    }

    private Duration jitter(double fraction) {
        return Duration.ofMillis((long) (lifespan.toMillis() * spec.limits().jitter() * fraction));
    }
}
