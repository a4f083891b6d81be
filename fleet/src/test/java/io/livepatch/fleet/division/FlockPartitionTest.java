package io.livepatch.fleet.division;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Over all small counts and replicas with every set of present ones, and over many large ones. */
final class FlockPartitionTest {
    private static final int SMALL = 24;
    // All that six replicas' losses can meet comes round again after so many monkeys.
    private static final int ROUND = 6 * 5 * 4 * 3 * 2;

    private static void checkSharesAreExact(FlockPartition flockPartition, int count) {
        int[] owners = new int[count];
        long[] shares = flockPartition.shares(0, count);
        for (int replica = 0; replica < flockPartition.replicas(); replica++) {
            int[] monkeys = flockPartition.of(replica, count);
            assertThat(monkeys).as("%s of %d", flockPartition, count).isSorted().hasSize((int) shares[replica]);
            assertThat(monkeys.length == 0 || flockPartition.present().contains(replica))
                    .isTrue();
            Arrays.stream(monkeys).forEach(monkey -> owners[monkey]++);
            int strange = replica;
            assertThat(Arrays.stream(monkeys).filter(monkey -> flockPartition.owner(monkey) != strange))
                    .isEmpty();
        }
        assertThat(owners)
                .as("%s of %d", flockPartition, count)
                .isEqualTo(IntStream.generate(() -> 1).limit(count).toArray());
        assertThat(Arrays.stream(shares).sum()).isEqualTo(count);
    }

    private static long difference(FlockPartition flockPartition, long[] shares) {
        LongSummaryStatistics present =
                flockPartition.present().stream().mapToLong(i -> shares[i]).summaryStatistics();
        return present.getMax() - present.getMin();
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void everyMonkeyHasExactlyOneOwner(FlockPartition flockPartition) {
        for (int count = 0; count <= SMALL; count++) {
            checkSharesAreExact(flockPartition, count);
        }
    }

    @Test
    void soItIsWithManyReplicas() {
        Random random = new Random(1);
        for (int run = 0; run < 50; run++) {
            checkSharesAreExact(FlockPartitions.random(random), random.nextInt(20_000));
        }
    }

    /** The largest difference that a flock of any size up to two rounds has. */
    private static long worst(FlockPartition flockPartition) {
        long[] shares = new long[flockPartition.replicas()];
        long worst = 0;
        for (int monkey = 0; monkey < 2 * ROUND; monkey++) {
            shares[flockPartition.owner(monkey)]++;
            worst = Math.max(worst, difference(flockPartition, shares));
        }
        return worst;
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void sharesAreAsEvenAsIsSaid(FlockPartition flockPartition) {
        int absent = flockPartition.replicas() - flockPartition.present().size();
        assertThat(flockPartition.unevenness()).isEqualTo(new long[] {1, 1, 4, 15, 64, 325}[absent]);
        long worst = worst(flockPartition);
        assertThat(worst).isLessThanOrEqualTo(flockPartition.unevenness());
    }

    @Test
    void sharesOfManyReplicasAreEqualButForOneAfterALoss() {
        Random random = new Random(2);
        for (int run = 0; run < 200; run++) {
            int replicas = 2 + random.nextInt(60);
            FlockPartition whole = FlockPartition.whole(replicas);
            int count = random.nextInt(100_000);
            assertThat(difference(whole, whole.shares(0, count))).isLessThanOrEqualTo(1);
            FlockPartition left = FlockPartitions.without(whole, random.nextInt(replicas));
            assertThat(difference(left, left.shares(0, count))).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void theSaidBoundIsReached() {
        FlockPartition flockPartition = new FlockPartition(6, new TreeSet<>(List.of(4, 5)));
        long worst = worst(flockPartition);
        assertThat(worst).isEqualTo(flockPartition.unevenness());
    }

    private static void checkALossMovesOnlyTheLostOnes(FlockPartition flockPartition, int count) {
        for (int lost : flockPartition.present()) {
            if (flockPartition.present().size() == 1) {
                return;
            }
            FlockPartition left = FlockPartitions.without(flockPartition, lost);
            int[] strays = IntStream.range(0, count)
                    .filter(monkey ->
                            flockPartition.owner(monkey) != lost && flockPartition.owner(monkey) != left.owner(monkey))
                    .toArray();
            assertThat(strays).as("%s loses %d", flockPartition, lost).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void aLossMovesOnlyTheMonkeysOfTheLostOne(FlockPartition flockPartition) {
        checkALossMovesOnlyTheLostOnes(flockPartition, ROUND);
    }

    @Test
    void soItIsInLargeFlocks() {
        Random random = new Random(3);
        for (int run = 0; run < 20; run++) {
            checkALossMovesOnlyTheLostOnes(FlockPartitions.random(random), 3_000);
        }
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void whoReturnsTakesExactlyItsOwnAgain(FlockPartition flockPartition) {
        for (int lost : flockPartition.present()) {
            if (flockPartition.present().size() > 1) {
                FlockPartition left = FlockPartitions.without(flockPartition, lost);
                int[] taken = IntStream.range(0, ROUND)
                        .filter(monkey -> left.owner(monkey) != flockPartition.owner(monkey))
                        .toArray();
                assertThat(taken).isEqualTo(flockPartition.of(lost, ROUND));
            }
        }
    }

    @Test
    void sharesOfAPartAddUpToThoseOfTheWhole() {
        Random random = new Random(5);
        for (int run = 0; run < 500; run++) {
            FlockPartition flockPartition = FlockPartitions.random(random);
            int from = random.nextInt(500);
            int to = from + random.nextInt(500);
            long[] shares = flockPartition.shares(from, to);
            long[] counted = new long[flockPartition.replicas()];
            IntStream.range(from, to).forEach(monkey -> counted[flockPartition.owner(monkey)]++);
            assertThat(shares).as("%s from %d to %d", flockPartition, from, to).isEqualTo(counted);
        }
    }

    @Test
    void everybodyPresentHasEveryNth() {
        assertThat(FlockPartition.whole(4).of(1, 10)).containsExactly(1, 5, 9);
    }

    @Test
    void nobodyOrAStrangerIsNoDivision() {
        assertThatIllegalArgumentException().isThrownBy(() -> new FlockPartition(3, new TreeSet<>()));
        assertThatIllegalArgumentException().isThrownBy(() -> new FlockPartition(3, new TreeSet<>(List.of(3))));
        assertThatIllegalArgumentException().isThrownBy(() -> new FlockPartition(3, new TreeSet<>(List.of(-1))));
    }
}
