package io.livepatch.fleet.division;

import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Divides the monkeys of a flock among replicas. Monkey {@code i} belongs to its home, replica {@code i mod replicas}; while that is absent, to one
 * of the present ones. A lost replica's monkeys move, and no others; when it returns, it gets exactly its own back.
 *
 * <p>Shares differ by at most one while at most one replica is absent. Each further absent one adds roundings, because a monkey's owner must not
 * depend on the order of the losses: with 2, 3, 4 absent, shares differ by at most 4, 15, 64, however large the flock; see {@link #unevenness}.
 *
 * @param replicas all replicas of the run
 * @param present indices from 0 of the present ones
 */
public record FlockPartition(int replicas, NavigableSet<Integer> present) {

    public FlockPartition {
        present = Collections.unmodifiableNavigableSet(new TreeSet<>(present));
        if (replicas < 1 || (!present.isEmpty() && (present.first() < 0 || present.last() >= replicas))) {
            throw new IllegalArgumentException("replicas %s are not all in 0 to %d".formatted(present, replicas - 1));
        }
        if (present.isEmpty()) {
            throw new IllegalArgumentException("no replica is present");
        }
    }

    /** All replicas are present. */
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
        // The quotient's digits in a mixed radix draw replicas without replacement until one is present; each draw is
        // even.
        // The draw begins with the last replica, since the first ones have the remainder of the flock already.
        int[] others = new int[replicas - 1];
        int count = 0;
        for (int index = replicas - 1; index >= 0; index--) {
            if (index != home) {
                others[count++] = index;
            }
        }
        int quotient = monkey / replicas;
        for (int left = others.length; left > 0; left--) {
            int at = quotient % left;
            if (present.contains(others[at])) {
                return others[at];
            }
            others[at] = others[left - 1];
            quotient /= left;
        }
        throw new IllegalStateException("no replica is present");
    }

    /** How many of the monkeys {@code from} (inclusive) to {@code to} (exclusive) each replica has, by index. */
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

    /** An upper bound of the difference between two present replicas' shares of a whole flock. */
    public long unevenness() {
        int absent = replicas - present.size();
        // A lost replica's monkeys are drawn once for each order in which draws can hit other lost ones; each draw
        // rounds once.
        long roundings = 0;
        for (int lost = 1; lost <= absent; lost++) {
            roundings = Math.multiplyExact(lost, roundings + 1);
        }
        return Math.max(1, roundings);
    }

    /** The monkeys of a replica, in ascending order. */
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
