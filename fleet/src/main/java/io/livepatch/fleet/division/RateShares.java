package io.livepatch.fleet.division;

import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Each replica's part of an open load, by how many monkeys it has. The rates at the ends of each stage add up exactly, and so do all between, since
 * each goes in a straight line.
 */
public final class RateShares {
    private final List<Load.Open> shares;

    private RateShares(List<Load.Open> shares) {
        this.shares = shares;
    }

    /**
     * Divides.
     *
     * @param count how many monkeys the whole flock has
     */
    public static RateShares of(Load.Open whole, FlockPartition flockPartition, int count) {
        long[] monkeys = flockPartition.shares(0, count);
        List<List<Stage>> stages =
                whole.stages().stream().map(stage -> divide(stage, monkeys)).toList();
        return new RateShares(IntStream.range(0, flockPartition.replicas())
                .mapToObj(replica -> new Load.Open(
                        whole.arrivals(),
                        stages.stream().map(parts -> parts.get(replica)).toList()))
                .toList());
    }

    private static List<Stage> divide(Stage stage, long[] monkeys) {
        long[] from = LargestRemainder.divide(stage.from().perThousandSeconds(), monkeys);
        long[] to = LargestRemainder.divide(stage.to().perThousandSeconds(), monkeys);
        return IntStream.range(0, monkeys.length)
                .mapToObj(replica -> new Stage(stage.length(), new Rate(from[replica]), new Rate(to[replica])))
                .toList();
    }

    /** The part of a replica; rates of zero if it is absent. */
    public Load.Open of(int replica) {
        return shares.get(replica);
    }
}
