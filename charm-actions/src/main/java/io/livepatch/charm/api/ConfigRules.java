package io.livepatch.charm.api;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a charm refuses of its options beyond their types: ranges, words, and values that do not fit together.
 *
 * <p>The substrate asks before it changes the model, so that {@code config} and {@code deploy} fail and nothing is changed. A
 * substrate that does not ask, as Juju does not, leaves it to the charm to be blocked. Looks at nothing but the values and
 * the clock; called while the model is locked, so it must answer within milliseconds.
 */
@FunctionalInterface
public interface ConfigRules {

    /** A charm whose options may have any values of their types. */
    ConfigRules NONE = _ -> List.of();

    /** Everything that is wrong with these values, defaults included. */
    List<Violation> violations(Config config);

    /** A number that is out of its bounds, both of which may be reached; none where it is within, or not set. */
    static Stream<Violation> range(Config config, String option, long least, long most) {
        return config.values().get(option) instanceof Long value && (value < least || value > most)
                ? Stream.of(Violation.of(option, option + " is " + value + " and may be from " + least + " to " + most))
                : Stream.empty();
    }

    /** A word that is none of these; none where it is one of them, or not set. */
    static Stream<Violation> oneOf(Config config, String option, List<String> known) {
        return config
                .text(option)
                .filter(value -> !known.contains(value))
                .map(value -> Violation.of(option, option + " is '" + value + "'" + Suggestion.after(value, known)))
                .stream();
    }

    /**
     * A rule that is broken.
     *
     * @param options the options that it is about
     * @param message what is wrong with which option, and what to set instead; never a sensitive value
     */
    record Violation(Set<String> options, String message) {
        public Violation {
            options = Set.copyOf(options);
        }

        public static Violation of(String option, String message) {
            return new Violation(Set.of(option), message);
        }
    }
}
