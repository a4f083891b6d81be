package io.livepatch.fleet.division;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.livepatch.fleet.flock.ArrivalCurve;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Arrivals;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RateSharesTest {

    private static Load.Open load(long from, long to) {
        return new Load.Open(
                Arrivals.POISSON,
                List.of(
                        new Stage(Duration.ofMinutes(1), new Rate(from), new Rate(to)),
                        new Stage(Duration.ofMinutes(9), new Rate(to), new Rate(to))));
    }

    /** Two assertions for all sums: this is called for each of some 70,000 divisions. */
    private static void checkSums(Load.Open whole, FlockPartition partition, int count) {
        List<Load.Open> shares = RateShares.of(whole, partition, count);
        List<Stage> sums = IntStream.range(0, whole.stages().size())
                .mapToObj(stage -> new Stage(
                        whole.stages().get(stage).length(),
                        new Rate(sum(shares, partition, stage, Stage::from)),
                        new Rate(sum(shares, partition, stage, Stage::to))))
                .toList();
        assertThat(sums).as("%s of %d", partition, count).isEqualTo(whole.stages());

        long[] monkeys = partition.shares(0, count);
        long rate = whole.stages().getLast().to().perThousandSeconds();
        int[] disproportionate = IntStream.range(0, partition.replicas())
                .filter(replica -> {
                    long share = shares.get(replica).stages().getLast().to().perThousandSeconds();
                    double exact = (double) rate * monkeys[replica] / count;
                    return Math.abs(share - exact) > (monkeys[replica] == 0 ? 0 : 1);
                })
                .toArray();
        assertThat(disproportionate)
                .as("replicas with another share than that of their monkeys, %s of %d", partition, count)
                .isEmpty();
    }

    private static long sum(List<Load.Open> shares, FlockPartition partition, int stage, Function<Stage, Rate> end) {
        return IntStream.range(0, partition.replicas())
                .mapToLong(replica ->
                        end.apply(shares.get(replica).stages().get(stage)).perThousandSeconds())
                .sum();
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void smallRatesAddUpAndAreProportional(FlockPartition partition) {
        for (int count = 1; count <= 24; count++) {
            for (long rate = 0; rate <= 24; rate++) {
                checkSums(load(24 - rate, rate), partition, count);
            }
        }
    }

    @Test
    void largeRatesAddUpAndAreProportional() {
        Random random = new Random(6);
        for (int run = 0; run < 500; run++) {
            Load.Open whole = load(random.nextLong(1_000_000_001), random.nextLong(1_000_000_001));
            checkSums(whole, FlockPartitions.random(random), 1 + random.nextInt(2_000));
        }
    }

    @Test
    void sharesOfTheIterationsAddUpAtEveryMoment() {
        Load.Open whole = load(0, 277_778);
        List<Load.Open> shares = RateShares.of(whole, FlockPartition.whole(7), 100);
        for (int second = 0; second <= 900; second += 7) {
            Duration moment = Duration.ofSeconds(second);
            double sum = IntStream.range(0, 7)
                    .mapToDouble(replica -> ArrivalCurve.of(shares.get(replica)).iterations(moment))
                    .sum();
            assertThat(sum).isCloseTo(ArrivalCurve.of(whole).iterations(moment), within(1e-6));
        }
    }

    @Test
    void replicaWithoutMonkeysHasRateZero() {
        List<Load.Open> shares = RateShares.of(load(1000, 1000), FlockPartition.whole(4), 3);
        assertThat(shares.get(0).stages().getFirst().from()).isEqualTo(new Rate(334));
        assertThat(shares.get(3).stages().getFirst().from()).isEqualTo(new Rate(0));
    }
}
