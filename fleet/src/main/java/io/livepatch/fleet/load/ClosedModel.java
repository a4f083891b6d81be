package io.livepatch.fleet.load;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.function.IntToLongFunction;

/** The closed model: each monkey repeats an iteration and a pause. Between two iterations it is a queue entry, not a thread. */
final class ClosedModel implements LoadModel {
    private final MonkeyStates monkeys;
    private final IterationExecutor executor;
    private final IntToLongFunction first;
    private final Pause pause;
    private final long end;
    private final PriorityQueue<Entry> queue = new PriorityQueue<>(Comparator.comparingLong(Entry::due));
    private int running;
    private volatile boolean stopped;

    private record Entry(long due, int monkey) {}

    /** The pause after an iteration; {@link LoadModel#NEVER} when the monkey has finished. */
    interface Pause {
        long after(boolean ok);
    }

    /**
     * Has no monkeys yet.
     *
     * @param first when a monkey's first iteration is due
     * @param end no iteration begins at or after it
     */
    ClosedModel(MonkeyStates monkeys, IterationExecutor executor, IntToLongFunction first, Pause pause, long end) {
        this.monkeys = monkeys;
        this.executor = executor;
        this.first = first;
        this.pause = pause;
        this.end = end;
    }

    @Override
    public long advance(long now) {
        List<Entry> due = new ArrayList<>();
        long next = poll(now, due);
        // Without the lock, which iterations need to end.
        due.forEach(entry -> executor.begin(entry.monkey, entry.due, this));
        return next;
    }

    private synchronized long poll(long now, List<Entry> due) {
        while (!stopped && !queue.isEmpty() && queue.element().due < end) {
            if (queue.element().due > now) {
                return queue.element().due;
            }
            Entry entry = queue.remove();
            if (monkeys.claim(entry.monkey)) {
                running++;
                due.add(entry);
            }
        }
        return NEVER;
    }

    @Override
    public OptionalLong ended(int monkey, boolean ok, long now) {
        long idle = pause.after(ok);
        if (idle == 0 && now < end && !stopped && monkeys.is(monkey, MonkeyStates.OURS)) {
            executor.due(now, now);
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
        boolean ours = (monkeys.change(monkey, 0, MonkeyStates.RUNNING) & MonkeyStates.OURS) != 0;
        if (ours && now + idle < end && !stopped) {
            long due = now + idle;
            boolean earliest = queue.isEmpty() || due < queue.element().due;
            queue.add(new Entry(due, monkey));
            if (earliest) {
                executor.wake();
            }
        }
    }

    @Override
    public synchronized void divide(FlockShare share, long now) {
        int[] added = monkeys.own(share.monkeys());
        queue.removeIf(entry -> !monkeys.is(entry.monkey, MonkeyStates.OURS));
        for (int monkey : added) {
            // One that still runs an iteration, from an earlier time here, is queued when that ends.
            if (!stopped && !monkeys.is(monkey, MonkeyStates.RUNNING | MonkeyStates.FINISHED)) {
                queue.add(new Entry(Math.max(first.applyAsLong(monkey), now), monkey));
            }
        }
        executor.wake();
    }

    @Override
    public synchronized void stop(long now) {
        stopped = true;
        queue.clear();
    }

    @Override
    public synchronized boolean over(long now) {
        return running == 0 && (stopped || now >= end || (queue.isEmpty() && monkeys.alive() == 0));
    }

    @Override
    public long alive(long now) {
        return monkeys.alive();
    }
}
