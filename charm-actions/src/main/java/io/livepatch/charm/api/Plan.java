package io.livepatch.charm.api;

import java.util.List;

/**
 * What to do now, and what the status will be when that is done. An empty plan means that nothing is missing, or that
 * what is missing has to come from elsewhere.
 */
public record Plan<S extends CharmStep>(List<S> steps, UnitStatus status) {

    public Plan {
        steps = List.copyOf(steps);
    }

    public static <S extends CharmStep> Plan<S> nothing(UnitStatus status) {
        return new Plan<>(List.of(), status);
    }
}
