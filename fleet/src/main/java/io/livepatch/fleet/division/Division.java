package io.livepatch.fleet.division;

import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * How the monkeys of a flock belong to replicas: monkey {@code i} is at home with replica {@code i mod replicas}; while that one is absent, with
 * one of the others. Who leaves moves only its own monkeys, in shares that are equal but for one; who comes back gets exactly those again.
 *
 * @param replicas all that were asked for, present or not
 * @param present indices from 0 of those that are there
 */
public record Division(int replicas, NavigableSet<Integer> present) {

    public Division {
        present = Collections.unmodifiableNavigableSet(new TreeSet<>(present));
        if (replicas < 1 || (!present.isEmpty() && (present.first() < 0 || present.last() >= replicas))) {
            throw new IllegalArgumentException("replicas %s are not all from 0 to %d".formatted(present, replicas - 1));
        }
        if (present.isEmpty()) {
            throw new IllegalArgumentException("nobody is present");
        }
    }

    /** Everybody is there. */
    public static Division whole(int replicas) {
        return new Division(
                replicas, new TreeSet<>(IntStream.range(0, replicas).boxed().toList()));
    }

    /** The replica that runs this monkey. */
    public int owner(int monkey) {
        int home = monkey % replicas;
        if (present.contains(home)) {
            return home;
        }
        // The rest of the number, digit by digit, draws from those that have not been drawn: equal shares at each draw.
        int[] others =
                IntStream.range(0, replicas).filter(index -> index != home).toArray();
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
