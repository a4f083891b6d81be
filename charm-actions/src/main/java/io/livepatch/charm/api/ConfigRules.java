package io.livepatch.charm.api;

import java.util.List;
import java.util.Set;

/**
 * What a charm refuses of its options beyond the {@link ValueFormat} of each: values that do not fit together.
 *
 * <p>The substrate asks before it changes the model, so that {@code config} and {@code deploy} fail and nothing is changed. A
 * substrate that does not ask, as Juju does not, leaves it to the charm to be blocked. Looks at nothing but the values and
 * the clock; called while the model is locked, so it must answer within milliseconds.
 */
@FunctionalInterface
public interface ConfigRules {

    /** A charm whose options may have any values of their formats. */
    ConfigRules NONE = _ -> List.of();

    /** Everything that is wrong with these values, defaults included. */
    List<Violation> violations(CharmConfig config);

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
