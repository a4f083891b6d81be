package io.livepatch.charm.api;

import io.livepatch.common.config.DidYouMean;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The name that was probably meant, for messages about an unknown one. */
public final class Suggestion {
    private static final int LISTED = 100;

    private Suggestion() {}

    /** {@code ", did you mean 'x'?"}, or the known names, or an empty text if none is known. */
    public static String after(String typed, Collection<String> known) {
        Optional<String> nearest = nearest(typed, known);
        if (nearest.isPresent()) {
            return ", did you mean '" + nearest.get() + "'?";
        }
        return known.isEmpty()
                ? ""
                : "; there is "
                        + String.join(
                                ", ", known.stream().sorted().limit(LISTED).toList())
                        + (known.size() > LISTED ? ", and " + (known.size() - LISTED) + " more" : "");
    }

    /** The known name that was most probably meant; empty when none is near. */
    public static Optional<String> nearest(String typed, Collection<String> known) {
        return known.stream()
                .filter(name -> DidYouMean.distance(typed, name) <= Math.max(2, name.length() / 3))
                .min(Comparator.comparingInt(name -> DidYouMean.distance(typed, name)))
                .or(() -> only(known.stream()
                        .filter(name -> words(name).containsAll(words(typed)))
                        .toList()));
    }

    /** {@code migrate} means {@code storage-migrate} as long as nothing else migrates. */
    private static Optional<String> only(List<String> names) {
        return names.size() == 1 ? Optional.of(names.getFirst()) : Optional.empty();
    }

    private static Set<String> words(String name) {
        return new HashSet<>(Arrays.asList(name.split("[-._]+", -1)));
    }
}
