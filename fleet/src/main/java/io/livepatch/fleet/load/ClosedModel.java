package io.livepatch.fleet.load;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.function.IntToLongFunction;

/** Each monkey has its turn, is idle for a while, and has its turn again. Between two turns it is an entry in an agenda, not a thread. */
final class ClosedModel implements LoadModel {
    private static final Comparator<Turn> ORDER = Comparator.comparingLong(Turn::due);

    private final Monkeys monkeys;
    private final IterationExecutor iterationExecutor;
    private final IntToLongFunction first;
    private final Pause pause;
    private final long end;
    private final PriorityQueue<Turn> agenda = new PriorityQueue<>(ORDER);
    private int running;
    private volatile boolean stopped;

    private record Turn(long due, int monkey) {}

    /** How long a monkey is idle after a turn; {@link LoadModel#NEVER} when it has finished. */
    interface Pause {
        long after(boolean ok);
    }

    /**
     * Has nobody yet.
     *
     * @param first when a monkey's first turn is due
     * @param end no turn begins at or after it
     */
    ClosedModel(Monkeys monkeys, IterationExecutor iterationExecutor, IntToLongFunction first, Pause pause, long end) {
        this.monkeys = monkeys;
        this.iterationExecutor = iterationExecutor;
        this.first = first;
        this.pause = pause;
        this.end = end;
    }

    @Override
    public long advance(long now) {
        List<Turn> due = new ArrayList<>();
        long next = poll(now, due);
        // Without the lock, since turns that end need it.
        due.forEach(turn -> iterationExecutor.begin(turn.monkey, turn.due, this));
        return next;
    }

    private synchronized long poll(long now, List<Turn> due) {
        while (!stopped && !agenda.isEmpty() && agenda.element().due < end) {
            if (agenda.element().due > now) {
                return agenda.element().due;
            }
            Turn turn = agenda.remove();
            if (monkeys.claim(turn.monkey)) {
                running++;
                due.add(turn);
            }
        }
        return NEVER;
    }

    @Override
    public OptionalLong ended(int monkey, boolean ok, long now) {
        long idle = pause.after(ok);
        if (idle == 0 && now < end && !stopped && monkeys.is(monkey, Monkeys.OURS)) {
            iterationExecutor.due(now, now);
            return OptionalLong.of(now);
        }
        putBack(monkey, idle, now);
        return OptionalLong.empty();
    }

    private synchronized void putBack(int monkey, long idle, long now) {
        running--;
        if (idle == NEVER) {
            monkeys.finish(monkey);
            return;
        }
        boolean ours = (monkeys.change(monkey, 0, Monkeys.RUNNING) & Monkeys.OURS) != 0;
        if (ours && now + idle < end && !stopped) {
            plan(new Turn(now + idle, monkey));
        }
    }

    private void plan(Turn turn) {
        boolean earliest = agenda.isEmpty() || turn.due < agenda.element().due;
        agenda.add(turn);
        if (earliest) {
            iterationExecutor.wake();
        }
    }

    @Override
    public synchronized void divide(FlockShare flockShare, long now) {
        int[] come = monkeys.own(flockShare.monkeys());
        agenda.removeIf(turn -> !monkeys.is(turn.monkey, Monkeys.OURS));
        for (int monkey : come) {
            // One that is still in a turn, from when it was ours before, comes back when that has ended.
            if (!stopped && !monkeys.is(monkey, Monkeys.RUNNING | Monkeys.FINISHED)) {
                agenda.add(new Turn(Math.max(first.applyAsLong(monkey), now), monkey));
            }
        }
        iterationExecutor.wake();
    }

    @Override
    public synchronized void stop(long now) {
        stopped = true;
        agenda.clear();
    }

    @Override
    public synchronized boolean over(long now) {
        return running == 0 && (stopped || now >= end || (agenda.isEmpty() && monkeys.alive() == 0));
    }

    @Override
    public long alive(long now) {
        return monkeys.alive();
    }
}
