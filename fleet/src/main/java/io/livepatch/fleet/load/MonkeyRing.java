package io.livepatch.fleet.load;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Chooses the monkey for the next iteration of an open load: round robin, in a scattered order that does not depend on which monkeys are in the
 * ring. So each gets as many iterations as the others, and monkeys that come from another replica do not change the order of the rest. Thread-safe.
 */
final class MonkeyRing {
    // Multiplying by an odd number near the golden ratio of the int range scatters numbers evenly, and has an inverse.
    private static final int SCATTER = 0x9E3779B9;
    private static final int GATHER = 0x144CBC89;

    private final MonkeyStates monkeys;
    private final int max;
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private int[] order = {};
    private int at;
    private int free;
    private int running;
    private long passedOver;

    /**
     * Has no monkeys yet.
     *
     * @param max iterations that run or wait for a free monkey
     */
    MonkeyRing(MonkeyStates monkeys, int max) {
        this.monkeys = monkeys;
        this.max = max;
    }

    /** Where an iteration that is due goes. */
    sealed interface Placement {
        record Begin(int monkey, long due) implements Placement {}

        record Wait() implements Placement {}

        record Full() implements Placement {}
    }

    synchronized Placement place(long due) {
        if (running + waiting.size() >= max) {
            return new Placement.Full();
        }
        OptionalInt monkey = claim();
        if (monkey.isEmpty()) {
            waiting.add(due);
            return new Placement.Wait();
        }
        return new Placement.Begin(monkey.getAsInt(), due);
    }

    /** The iteration that has waited longest, if a monkey is free: a new partition may have added monkeys. */
    synchronized Optional<Placement.Begin> oldest() {
        OptionalInt monkey = waiting.isEmpty() ? OptionalInt.empty() : claim();
        return monkey.isEmpty()
                ? Optional.empty()
                : Optional.of(new Placement.Begin(monkey.getAsInt(), waiting.remove()));
    }

    private OptionalInt claim() {
        if (free == 0) {
            return OptionalInt.empty();
        }
        int monkey = advance();
        while (!monkeys.claim(monkey)) {
            passedOver++;
            monkey = advance();
        }
        free--;
        running++;
        return OptionalInt.of(monkey);
    }

    private int advance() {
        int monkey = order[at] * GATHER;
        at = at + 1 == order.length ? 0 : at + 1;
        return monkey;
    }

    /** The due moment of the waiting iteration that the monkey runs next; empty if none waits, and the monkey is free. */
    synchronized OptionalLong ended(int monkey) {
        if (!waiting.isEmpty() && monkeys.is(monkey, MonkeyStates.OURS)) {
            return OptionalLong.of(waiting.remove());
        }
        running--;
        if ((monkeys.change(monkey, 0, MonkeyStates.RUNNING) & MonkeyStates.OURS) != 0) {
            free++;
        }
        return OptionalLong.empty();
    }

    /** Sorts monkeys into their order. Slow for millions, so it is done outside the lock. */
    static int[] order(int[] ours) {
        return Arrays.stream(ours).map(monkey -> monkey * SCATTER).sorted().toArray();
    }

    /** Replaces the monkeys of this replica. */
    synchronized void divide(int[] ours, int[] newOrder) {
        int here = order.length == 0 ? Integer.MIN_VALUE : order[at];
        monkeys.own(ours);
        order = newOrder;
        int found = Arrays.binarySearch(order, here);
        int next = found >= 0 ? found : -found - 1;
        at = next == order.length ? 0 : next;
        free = (int) Arrays.stream(ours)
                .filter(monkey -> !monkeys.is(monkey, MonkeyStates.RUNNING))
                .count();
    }

    /** Removes all waiting iterations; returns their due moments. */
    synchronized long[] giveUp() {
        long[] moments = waiting.stream().mapToLong(Long::longValue).toArray();
        waiting.clear();
        return moments;
    }

    /** How often a busy monkey was passed over since the last call. */
    synchronized long passedOver() {
        long times = passedOver;
        passedOver = 0;
        return times;
    }

    synchronized boolean quiet() {
        return running == 0 && waiting.isEmpty();
    }

    synchronized boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    synchronized int size() {
        return order.length;
    }
}
