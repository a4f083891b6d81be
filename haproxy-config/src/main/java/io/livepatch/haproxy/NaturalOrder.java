package io.livepatch.haproxy;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.regex.Pattern;

/** Orders names as people count: {@code livepatch/2} before {@code livepatch/10}. */
final class NaturalOrder implements Comparator<String> {
    static final Comparator<String> OF_NAMES = new NaturalOrder().thenComparing(Comparator.naturalOrder());

    private static final Pattern BORDER = Pattern.compile("(?<=[^0-9])(?=[0-9])|(?<=[0-9])(?=[^0-9])");

    private NaturalOrder() {}

    @Override
    public int compare(String left, String right) {
        String[] ours = BORDER.split(left, -1);
        String[] theirs = BORDER.split(right, -1);
        for (int i = 0; i < Math.min(ours.length, theirs.length); i++) {
            int order = compareParts(ours[i], theirs[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(ours.length, theirs.length);
    }

    private static int compareParts(String left, String right) {
        if (isNumber(left) && isNumber(right)) {
            return new BigInteger(left).compareTo(new BigInteger(right));
        }
        return left.compareTo(right);
    }

    private static boolean isNumber(String part) {
        return !part.isEmpty() && part.charAt(0) >= '0' && part.charAt(0) <= '9';
    }
}
