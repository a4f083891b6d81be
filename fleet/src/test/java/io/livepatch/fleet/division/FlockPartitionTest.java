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
    // The owners of six replicas repeat after this many monkeys.
    private static final int ROUND = 6 * 5 * 4 * 3 * 2;

    private static void checkSharesAreExact(FlockPartition partition, int count) {
        int[] owners = new int[count];
        long[] shares = partition.shares(0, count);
        for (int replica = 0; replica < partition.replicas(); replica++) {
            int[] monkeys = partition.of(replica, count);
            assertThat(monkeys).as("%s of %d", partition, count).isSorted().hasSize((int) shares[replica]);
            assertThat(monkeys.length == 0 || partition.present().contains(replica))
                    .isTrue();
            Arrays.stream(monkeys).forEach(monkey -> owners[monkey]++);
            int owner = replica;
            assertThat(Arrays.stream(monkeys).filter(monkey -> partition.owner(monkey) != owner))
                    .isEmpty();
        }
        assertThat(owners)
                .as("%s of %d", partition, count)
                .isEqualTo(IntStream.generate(() -> 1).limit(count).toArray());
        assertThat(Arrays.stream(shares).sum()).isEqualTo(count);
    }

    private static long difference(FlockPartition partition, long[] shares) {
        LongSummaryStatistics present =
                partition.present().stream().mapToLong(i -> shares[i]).summaryStatistics();
        return present.getMax() - present.getMin();
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void everyMonkeyHasExactlyOneOwner(FlockPartition partition) {
        for (int count = 0; count <= SMALL; count++) {
            checkSharesAreExact(partition, count);
        }
    }

    @Test
    void everyMonkeyOfManyReplicasHasExactlyOneOwner() {
        Random random = new Random(1);
        for (int run = 0; run < 50; run++) {
            checkSharesAreExact(FlockPartitions.random(random), random.nextInt(2_000));
        }
    }

    /** The largest difference that a flock of any size up to two rounds has. */
    private static long worst(FlockPartition partition) {
        long[] shares = new long[partition.replicas()];
        long worst = 0;
        for (int monkey = 0; monkey < 2 * ROUND; monkey++) {
            shares[partition.owner(monkey)]++;
            worst = Math.max(worst, difference(partition, shares));
        }
        return worst;
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void sharesDifferByAtMostTheUnevenness(FlockPartition partition) {
        int absent = partition.replicas() - partition.present().size();
        assertThat(partition.unevenness()).isEqualTo(new long[] {1, 1, 4, 15, 64, 325}[absent]);
        long worst = worst(partition);
        assertThat(worst).isLessThanOrEqualTo(partition.unevenness());
    }

    @Test
    void sharesOfManyReplicasDifferByAtMostOneAfterALoss() {
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
    void unevennessIsReached() {
        FlockPartition partition = new FlockPartition(6, new TreeSet<>(List.of(4, 5)));
        long worst = worst(partition);
        assertThat(worst).isEqualTo(partition.unevenness());
    }

    private static void checkLoss(FlockPartition partition, int count) {
        for (int lost : partition.present()) {
            if (partition.present().size() == 1) {
                return;
            }
            FlockPartition left = FlockPartitions.without(partition, lost);
            int[] strays = IntStream.range(0, count)
                    .filter(monkey -> partition.owner(monkey) != lost && partition.owner(monkey) != left.owner(monkey))
                    .toArray();
            assertThat(strays).as("%s loses %d", partition, lost).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void lossMovesOnlyTheMonkeysOfTheLostReplica(FlockPartition partition) {
        checkLoss(partition, ROUND);
    }

    @Test
    void lossMovesOnlyTheMonkeysOfTheLostReplicaInLargeFlocks() {
        Random random = new Random(3);
        for (int run = 0; run < 20; run++) {
            checkLoss(FlockPartitions.random(random), 3_000);
        }
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void returningReplicaGetsExactlyItsOwnMonkeys(FlockPartition partition) {
        for (int lost : partition.present()) {
            if (partition.present().size() > 1) {
                FlockPartition left = FlockPartitions.without(partition, lost);
                int[] taken = IntStream.range(0, ROUND)
                        .filter(monkey -> left.owner(monkey) != partition.owner(monkey))
                        .toArray();
                assertThat(taken).isEqualTo(partition.of(lost, ROUND));
            }
        }
    }

    @Test
    void sharesOfARangeAreExact() {
        Random random = new Random(5);
        for (int run = 0; run < 500; run++) {
            FlockPartition partition = FlockPartitions.random(random);
            int from = random.nextInt(500);
            int to = from + random.nextInt(500);
            long[] shares = partition.shares(from, to);
            long[] counted = new long[partition.replicas()];
            IntStream.range(from, to).forEach(monkey -> counted[partition.owner(monkey)]++);
            assertThat(shares).as("%s from %d to %d", partition, from, to).isEqualTo(counted);
        }
    }

    @Test
    void presentReplicaHasEveryNthMonkey() {
        assertThat(FlockPartition.whole(4).of(1, 10)).containsExactly(1, 5, 9);
    }

    @Test
    void absentOrUnknownReplicasAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> new FlockPartition(3, new TreeSet<>()));
        assertThatIllegalArgumentException().isThrownBy(() -> new FlockPartition(3, new TreeSet<>(List.of(3))));
        assertThatIllegalArgumentException().isThrownBy(() -> new FlockPartition(3, new TreeSet<>(List.of(-1))));
    }
}
