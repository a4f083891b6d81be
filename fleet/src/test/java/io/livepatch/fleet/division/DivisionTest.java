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
final class DivisionTest {
    private static final int SMALL = 24;
    // All that six replicas' losses can meet comes round again after so many monkeys.
    private static final int ROUND = 6 * 5 * 4 * 3 * 2;

    private static void checkSharesAreExact(Division division, int count) {
        int[] owners = new int[count];
        long[] shares = division.shares(0, count);
        for (int replica = 0; replica < division.replicas(); replica++) {
            int[] monkeys = division.of(replica, count);
            assertThat(monkeys).as("%s of %d", division, count).isSorted().hasSize((int) shares[replica]);
            assertThat(monkeys.length == 0 || division.present().contains(replica))
                    .isTrue();
            Arrays.stream(monkeys).forEach(monkey -> owners[monkey]++);
            int strange = replica;
            assertThat(Arrays.stream(monkeys).filter(monkey -> division.owner(monkey) != strange))
                    .isEmpty();
        }
        assertThat(owners)
                .as("%s of %d", division, count)
                .isEqualTo(IntStream.generate(() -> 1).limit(count).toArray());
        assertThat(Arrays.stream(shares).sum()).isEqualTo(count);
    }

    private static long difference(Division division, long[] shares) {
        LongSummaryStatistics present =
                division.present().stream().mapToLong(i -> shares[i]).summaryStatistics();
        return present.getMax() - present.getMin();
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.Divisions#small")
    void everyMonkeyHasExactlyOneOwner(Division division) {
        for (int count = 0; count <= SMALL; count++) {
            checkSharesAreExact(division, count);
        }
    }

    @Test
    void soItIsWithManyReplicas() {
        Random random = new Random(1);
        for (int run = 0; run < 50; run++) {
            checkSharesAreExact(Divisions.random(random), random.nextInt(20_000));
        }
    }

    /** The largest difference that a flock of any size up to two rounds has. */
    private static long worst(Division division) {
        long[] shares = new long[division.replicas()];
        long worst = 0;
        for (int monkey = 0; monkey < 2 * ROUND; monkey++) {
            shares[division.owner(monkey)]++;
            worst = Math.max(worst, difference(division, shares));
        }
        return worst;
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.Divisions#small")
    void sharesAreAsEvenAsIsSaid(Division division) {
        int absent = division.replicas() - division.present().size();
        assertThat(division.unevenness()).isEqualTo(new long[] {1, 1, 4, 15, 64, 325}[absent]);
        long worst = worst(division);
        assertThat(worst).isLessThanOrEqualTo(division.unevenness());
    }

    @Test
    void sharesOfManyReplicasAreEqualButForOneAfterALoss() {
        Random random = new Random(2);
        for (int run = 0; run < 200; run++) {
            int replicas = 2 + random.nextInt(60);
            Division whole = Division.whole(replicas);
            int count = random.nextInt(100_000);
            assertThat(difference(whole, whole.shares(0, count))).isLessThanOrEqualTo(1);
            Division left = Divisions.without(whole, random.nextInt(replicas));
            assertThat(difference(left, left.shares(0, count))).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void theSaidBoundIsReached() {
        Division division = new Division(6, new TreeSet<>(List.of(4, 5)));
        long worst = worst(division);
        assertThat(worst).isEqualTo(division.unevenness());
    }

    private static void checkALossMovesOnlyTheLostOnes(Division division, int count) {
        for (int lost : division.present()) {
            if (division.present().size() == 1) {
                return;
            }
            Division left = Divisions.without(division, lost);
            int[] strays = IntStream.range(0, count)
                    .filter(monkey -> division.owner(monkey) != lost && division.owner(monkey) != left.owner(monkey))
                    .toArray();
            assertThat(strays).as("%s loses %d", division, lost).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.Divisions#small")
    void aLossMovesOnlyTheMonkeysOfTheLostOne(Division division) {
        checkALossMovesOnlyTheLostOnes(division, ROUND);
    }

    @Test
    void soItIsInLargeFlocks() {
        Random random = new Random(3);
        for (int run = 0; run < 20; run++) {
            checkALossMovesOnlyTheLostOnes(Divisions.random(random), 3_000);
        }
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.Divisions#small")
    void whoReturnsTakesExactlyItsOwnAgain(Division division) {
        for (int lost : division.present()) {
            if (division.present().size() > 1) {
                Division left = Divisions.without(division, lost);
                int[] taken = IntStream.range(0, ROUND)
                        .filter(monkey -> left.owner(monkey) != division.owner(monkey))
                        .toArray();
                assertThat(taken).isEqualTo(division.of(lost, ROUND));
            }
        }
    }

    @Test
    void sharesOfAPartAddUpToThoseOfTheWhole() {
        Random random = new Random(5);
        for (int run = 0; run < 500; run++) {
            Division division = Divisions.random(random);
            int from = random.nextInt(500);
            int to = from + random.nextInt(500);
            long[] shares = division.shares(from, to);
            long[] counted = new long[division.replicas()];
            IntStream.range(from, to).forEach(monkey -> counted[division.owner(monkey)]++);
            assertThat(shares).as("%s from %d to %d", division, from, to).isEqualTo(counted);
        }
    }

    @Test
    void everybodyPresentHasEveryNth() {
        assertThat(Division.whole(4).of(1, 10)).containsExactly(1, 5, 9);
    }

    @Test
    void nobodyOrAStrangerIsNoDivision() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Division(3, new TreeSet<>()));
        assertThatIllegalArgumentException().isThrownBy(() -> new Division(3, new TreeSet<>(List.of(3))));
        assertThatIllegalArgumentException().isThrownBy(() -> new Division(3, new TreeSet<>(List.of(-1))));
    }
}
