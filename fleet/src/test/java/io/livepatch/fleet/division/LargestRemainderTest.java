package io.livepatch.fleet.division;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LargestRemainderTest {

    private static void check(long total, long[] weights) {
        long[] parts = RateShares.divide(total, weights);
        String what = total + " by " + Arrays.toString(weights);
        assertThat(Arrays.stream(parts).sum()).as(what).isEqualTo(total);
        BigInteger sum = BigInteger.valueOf(Arrays.stream(weights).sum());
        for (int i = 0; i < parts.length; i++) {
            BigInteger[] exact = BigInteger.valueOf(total)
                    .multiply(BigInteger.valueOf(weights[i]))
                    .divideAndRemainder(sum);
            long up = exact[1].signum();
            assertThat(parts[i] - exact[0].longValueExact()).as(what).isBetween(0L, up);
        }
    }

    @Test
    void smallTotalsAreDividedExactly() {
        for (long total = 0; total <= 24; total++) {
            for (int code = 1; code < 5 * 5 * 5 * 5; code++) {
                check(total, new long[] {code % 5, code / 5 % 5, code / 25 % 5, code / 125});
            }
        }
    }

    @Test
    void largeTotalsAreDividedExactly() {
        Random random = new Random(11);
        for (int run = 0; run < 5_000; run++) {
            long[] weights = random.longs(1 + random.nextInt(40), 0, 10_000_000).toArray();
            weights[0]++;
            check(random.nextLong(1_000_000_000_000L), weights);
        }
    }

    @Test
    void firstOfEqualRemaindersGetsOneMore() {
        assertThat(RateShares.divide(10, new long[] {1, 1, 1, 1})).containsExactly(3, 3, 2, 2);
        assertThat(RateShares.divide(10, new long[] {0, 1, 1, 1})).containsExactly(0, 4, 3, 3);
        assertThat(RateShares.divide(3, new long[] {5, 4, 1})).containsExactly(2, 1, 0);
    }

    @Test
    void invalidWeightsAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> RateShares.divide(1, new long[] {0, 0}));
        assertThatIllegalArgumentException().isThrownBy(() -> RateShares.divide(-1, new long[] {1}));
        assertThatIllegalArgumentException().isThrownBy(() -> RateShares.divide(1, new long[] {2, -1}));
    }
}
