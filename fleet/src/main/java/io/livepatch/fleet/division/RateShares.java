package io.livepatch.fleet.division;

import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Divides an open load among replicas, in proportion to their monkeys. The rates at both ends of each stage add up exactly, and hence all rates
 * between, since a stage is linear.
 */
public final class RateShares {
    private RateShares() {}

    /**
     * The load of each replica, by index; its rates are zero if the replica is absent.
     *
     * @param count monkeys of the whole flock
     */
    public static List<Load.Open> of(Load.Open whole, FlockPartition partition, int count) {
        long[] monkeys = partition.shares(0, count);
        List<List<Stage>> stages =
                whole.stages().stream().map(stage -> divide(stage, monkeys)).toList();
        return IntStream.range(0, partition.replicas())
                .mapToObj(replica -> new Load.Open(
                        whole.arrivals(),
                        stages.stream().map(parts -> parts.get(replica)).toList()))
                .toList();
    }

    private static List<Stage> divide(Stage stage, long[] monkeys) {
        long[] from = divide(stage.from().perThousandSeconds(), monkeys);
        long[] to = divide(stage.to().perThousandSeconds(), monkeys);
        return IntStream.range(0, monkeys.length)
                .mapToObj(replica -> new Stage(stage.length(), new Rate(from[replica]), new Rate(to[replica])))
                .toList();
    }

    /**
     * Divides a whole number by weights into whole parts with an exact sum: the largest remainder method. Among equal remainders the first get one
     * more.
     *
     * @param weights not negative, not all zero
     */
    static long[] divide(long total, long[] weights) {
        long sum = Arrays.stream(weights).sum();
        if (total < 0 || sum <= 0 || Arrays.stream(weights).anyMatch(weight -> weight < 0)) {
            throw new IllegalArgumentException(
                    "cannot divide '%d' by weights %s".formatted(total, Arrays.toString(weights)));
        }
        long[] parts = new long[weights.length];
        long[] remainders = new long[weights.length];
        for (int i = 0; i < weights.length; i++) {
            BigInteger[] share = BigInteger.valueOf(total)
                    .multiply(BigInteger.valueOf(weights[i]))
                    .divideAndRemainder(BigInteger.valueOf(sum));
            parts[i] = share[0].longValueExact();
            remainders[i] = share[1].longValueExact();
        }
        IntStream.range(0, weights.length)
                .boxed()
                .sorted(Comparator.comparingLong((Integer i) -> remainders[i]).reversed())
                .limit(total - Arrays.stream(parts).sum())
                .forEach(i -> parts[i]++);
        return parts;
    }
}
