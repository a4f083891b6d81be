package io.livepatch.fleet.division;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Over all small counts and replicas with every set of present ones, and over many large ones. */
final class DivisionTest {
    private static final int SMALL = 24;
    // All that six replicas' losses can meet comes round again after so many monkeys.
    private static final int ROUND = 6 * 5 * 4 * 3 * 2;

    private static void checkSharesAreExact(Division division, int count) {
        boolean[] owned = new boolean[count];
        long[] shares = division.shares(0, count);
        for (int replica = 0; replica < division.replicas(); replica++) {
            int[] monkeys = division.of(replica, count);
            assertThat(monkeys).as("%s of %d", division, count).isSorted().hasSize((int) shares[replica]);
            assertThat(monkeys.length == 0 || division.present().contains(replica))
                    .isTrue();
            for (int monkey : monkeys) {
                assertThat(owned[monkey])
                        .as("%s: monkey %d is taken", division, monkey)
                        .isFalse();
                assertThat(division.owner(monkey)).isEqualTo(replica);
                owned[monkey] = true;
            }
        }
        assertThat(Arrays.stream(shares).sum()).isEqualTo(count);
    }

    private static long difference(Division division, int count) {
        long[] shares = division.shares(0, count);
        return max(division, shares)
                - division.present().stream().mapToLong(i -> shares[i]).min().orElseThrow();
    }

    private static long max(Division division, long[] shares) {
        return division.present().stream().mapToLong(i -> shares[i]).max().orElseThrow();
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

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.Divisions#small")
    void sharesAreAsEvenAsIsSaid(Division division) {
        int absent = division.replicas() - division.present().size();
        assertThat(division.unevenness()).isEqualTo(new long[] {1, 1, 4, 15, 64, 325}[absent]);
        for (int count = 0; count <= 2 * ROUND; count++) {
            assertThat(difference(division, count))
                    .as("%s of %d", division, count)
                    .isLessThanOrEqualTo(division.unevenness());
        }
    }

    @Test
    void sharesOfManyReplicasAreEqualButForOneAfterALoss() {
        Random random = new Random(2);
        for (int run = 0; run < 200; run++) {
            int replicas = 2 + random.nextInt(60);
            Division whole = Division.whole(replicas);
            int count = random.nextInt(100_000);
            assertThat(difference(whole, count)).isLessThanOrEqualTo(1);
            assertThat(difference(Divisions.without(whole, random.nextInt(replicas)), count))
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void theSaidBoundIsReached() {
        Division division = new Division(6, new TreeSet<>(List.of(4, 5)));
        long worst = LongStream.rangeClosed(0, 2 * ROUND)
                .map(count -> difference(division, (int) count))
                .max()
                .orElseThrow();
        assertThat(worst).isEqualTo(division.unevenness());
    }

    private static void checkALossMovesOnlyTheLostOnes(Division division, int count) {
        for (int lost : division.present()) {
            if (division.present().size() == 1) {
                return;
            }
            Division left = Divisions.without(division, lost);
            for (int monkey = 0; monkey < count; monkey++) {
                int before = division.owner(monkey);
                int after = left.owner(monkey);
                assertThat(after == before || before == lost)
                        .as("%s loses %d: monkey %d goes from %d to %d", division, lost, monkey, before, after)
                        .isTrue();
            }
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
