package io.livepatch.charm.api;

import java.util.Optional;

/**
 * How far an application can grow. Pure: it is asked before the model is changed, with the configuration that is to be, and by
 * a unit that finds itself one of several.
 */
@FunctionalInterface
public interface ScaleConstraint {

    /** An application of which there may be any number of units, whatever its configuration. */
    ScaleConstraint UNLIMITED = _ -> Optional.empty();

    Optional<ScaleLimit> limit(CharmConfig config);
}
