package io.livepatch.fleet.division;

import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * How the monkeys of a flock belong to replicas: monkey {@code i} is at home with replica {@code i mod replicas}; while that one is absent, with
 * one of the others. Who leaves moves only its own monkeys; who comes back gets exactly those again.
 *
 * <p>Shares are equal but for one while nobody or one replica is absent. Each further one that is lost at the same time adds roundings, since
 * whom a monkey goes to must not depend on the order of the losses: with 2, 3, 4 absent, shares differ by at most 4, 15, 64, however
 * large the flock; see {@link #unevenness}.
 *
 * @param replicas all that were asked for, present or not
 * @param present indices from 0 of those that are there
 */
public record FlockPartition(int replicas, NavigableSet<Integer> present) {

    public FlockPartition {
        present = Collections.unmodifiableNavigableSet(new TreeSet<>(present));
        if (replicas < 1 || (!present.isEmpty() && (present.first() < 0 || present.last() >= replicas))) {
            throw new IllegalArgumentException("replicas %s are not all from 0 to %d".formatted(present, replicas - 1));
        }
        if (present.isEmpty()) {
            throw new IllegalArgumentException("nobody is present");
        }
    }

    /** Everybody is there. */
    public static FlockPartition whole(int replicas) {
        return new FlockPartition(
                replicas, new TreeSet<>(IntStream.range(0, replicas).boxed().toList()));
    }

    /** The replica that runs this monkey. */
    public int owner(int monkey) {
        int home = monkey % replicas;
        if (present.contains(home)) {
            return home;
        }
        // The rest of the number, digit by digit, draws from those that have not been drawn: equal shares at each draw.
        // From the last one down,
        // since the first ones have the odd monkeys of the flock already.
        int[] others = new int[replicas - 1];
        int number = 0;
        for (int index = replicas - 1; index >= 0; index--) {
            if (index != home) {
                others[number++] = index;
            }
        }
        int rest = monkey / replicas;
        for (int left = others.length; left > 0; left--) {
            int at = rest % left;
            if (present.contains(others[at])) {
                return others[at];
            }
            others[at] = others[left - 1];
            rest /= left;
        }
        throw new IllegalStateException("nobody is present");
    }

    /** How many of the monkeys from one number up to, not including, another each replica has; by index, zero for the absent. */
    public long[] shares(int from, int to) {
        long[] shares = new long[replicas];
        for (int home = 0; home < replicas; home++) {
            int first = from + Math.floorMod(home - from, replicas);
            if (present.contains(home)) {
                shares[home] += first < to ? (to - 1L - first) / replicas + 1 : 0;
            } else {
                for (long monkey = first; monkey < to; monkey += replicas) {
                    shares[owner((int) monkey)]++;
                }
            }
        }
        return shares;
    }

    /** The most by which two replicas' shares of a whole flock can differ. */
    public long unevenness() {
        int absent = replicas - present.size();
        // Each lost one's monkeys are drawn as many times over as there are orders in which to meet other lost ones;
        // each draw has one rounding.
        long roundings = 0;
        for (int lost = 1; lost <= absent; lost++) {
            roundings = Math.multiplyExact(lost, roundings + 1);
        }
        return Math.max(1, roundings);
    }

    /** The monkeys of a replica, in their order. */
    public int[] of(int replica, int count) {
        if (present.size() == replicas) {
            return IntStream.iterate(replica, monkey -> monkey < count, monkey -> monkey + replicas)
                    .toArray();
        }
        return IntStream.range(0, count)
                .filter(monkey -> owner(monkey) == replica)
                .toArray();
    }
}
