package io.livepatch.fleet.division;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Divides a whole number by weights so that the parts are whole and their sum is exact: Hamilton's method. */
public final class LargestRemainder {

    private LargestRemainder() {}

    /**
     * Each part is its exact share rounded down, and one more for those with the largest remainders; among equals the first.
     *
     * @param weights not negative, not all zero
     */
    public static long[] divide(long total, long[] weights) {
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
        long left = total - Arrays.stream(parts).sum();
        IntStream.range(0, weights.length)
                .boxed()
                .sorted(Comparator.comparingLong((Integer i) -> remainders[i]).reversed())
                .limit(left)
                .forEach(i -> parts[i]++);
        return parts;
    }
}
