package io.livepatch.fleet.load;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Whose turn it is in an open load: all in a circle, in an order that is scattered and yet the same whoever is in it. So each comes round as often as
 * the others, and those that come from another replica are woven in without changing when the rest are next. Thread-safe.
 */
final class MonkeyRing {
    // Numbers are multiplied by an odd one near the golden ratio of their range, which scatters them evenly and can be
    // undone.
    private static final int SCATTER = 0x9E3779B9;
    private static final int GATHER = 0x144CBC89;

    private final Monkeys monkeys;
    private final int most;
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private int[] circle = {};
    private int at;
    private int free;
    private int running;
    private long passedOver;

    /**
     * Has nobody yet.
     *
     * @param most turns that are begun or wait for a free monkey
     */
    MonkeyRing(Monkeys monkeys, int most) {
        this.monkeys = monkeys;
        this.most = most;
    }

    /** What becomes of a turn that is due. */
    sealed interface Place {
        record Begin(int monkey, long due) implements Place {}

        record Wait() implements Place {}

        record Full() implements Place {}
    }

    synchronized Place place(long due) {
        if (running + waiting.size() >= most) {
            return new Place.Full();
        }
        OptionalInt monkey = claim();
        if (monkey.isEmpty()) {
            waiting.add(due);
            return new Place.Wait();
        }
        return new Place.Begin(monkey.getAsInt(), due);
    }

    /** A free monkey for the turn that has waited longest, if there is both: more monkeys may have come. */
    synchronized Optional<Place.Begin> oldest() {
        OptionalInt monkey = waiting.isEmpty() ? OptionalInt.empty() : claim();
        return monkey.isEmpty() ? Optional.empty() : Optional.of(new Place.Begin(monkey.getAsInt(), waiting.remove()));
    }

    private OptionalInt claim() {
        if (free == 0) {
            return OptionalInt.empty();
        }
        int monkey = step();
        while (!monkeys.claim(monkey)) {
            passedOver++;
            monkey = step();
        }
        free--;
        running++;
        return OptionalInt.of(monkey);
    }

    private int step() {
        int monkey = circle[at] * GATHER;
        at = at + 1 == circle.length ? 0 : at + 1;
        return monkey;
    }

    /** The moment of the turn that the monkey goes on with, if one waits; else it is free. */
    synchronized OptionalLong ended(int monkey) {
        if (!waiting.isEmpty() && monkeys.is(monkey, Monkeys.OURS)) {
            return OptionalLong.of(waiting.remove());
        }
        running--;
        if ((monkeys.change(monkey, 0, Monkeys.RUNNING) & Monkeys.OURS) != 0) {
            free++;
        }
        return OptionalLong.empty();
    }

    /** The order in which these have their turns. Takes a while for millions, so it is made before anything has to wait. */
    static int[] circle(int[] ours) {
        return Arrays.stream(ours).map(monkey -> monkey * SCATTER).sorted().toArray();
    }

    /** From now on these are ours. */
    synchronized void divide(int[] ours, int[] inOrder) {
        int here = circle.length == 0 ? Integer.MIN_VALUE : circle[at];
        monkeys.own(ours);
        circle = inOrder;
        int found = Arrays.binarySearch(circle, here);
        int next = found >= 0 ? found : -found - 1;
        at = next == circle.length ? 0 : next;
        free = (int) Arrays.stream(ours)
                .filter(monkey -> !monkeys.is(monkey, Monkeys.RUNNING))
                .count();
    }

    /** Moments of those that wait; nobody waits afterwards. */
    synchronized long[] giveUp() {
        long[] moments = waiting.stream().mapToLong(Long::longValue).toArray();
        waiting.clear();
        return moments;
    }

    /** How often since it was last asked. */
    synchronized long passedOver() {
        long times = passedOver;
        passedOver = 0;
        return times;
    }

    synchronized boolean quiet() {
        return running == 0 && waiting.isEmpty();
    }

    synchronized boolean anybodyWaits() {
        return !waiting.isEmpty();
    }

    synchronized int size() {
        return circle.length;
    }
}
