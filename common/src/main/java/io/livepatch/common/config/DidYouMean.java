package io.livepatch.common.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the known name that is most similar to a misspelt one. */
public final class DidYouMean {
    private DidYouMean() {}

    /** The candidate with the smallest edit distance to a word, if at most two letters or a quarter of its own differ. */
    public static Optional<String> similar(String word, Collection<String> candidates) {
        record Near(String candidate, int distance) {}
        return candidates.stream()
                .map(candidate -> new Near(candidate, distance(word, candidate)))
                .filter(near -> near.distance <= Math.max(2, near.candidate.length() / 4))
                .min(Comparator.comparingInt(Near::distance).thenComparing(Near::candidate))
                .map(Near::candidate);
    }

    /** {@code " (did you mean 'x'?)"}; empty if no candidate is similar. */
    public static String suffix(String word, Collection<String> candidates) {
        return similar(word, candidates)
                .map(similar -> " (did you mean '" + similar + "'?)")
                .orElse("");
    }

    /** Levenshtein distance: the number of letters to add, remove or replace. */
    public static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
