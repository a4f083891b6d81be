package io.livepatch.charm.api;

import java.util.Optional;

/**
 * How a service is.
 *
 * @param fingerprint that of the spec it runs by
 * @param problem why it is not ready, when something is known
 */
public record ServiceState(String name, Phase phase, String fingerprint, int restarts, Optional<String> problem) {

    /** What it is doing now. */
    public enum Phase {
        STARTING,
        READY,
        /** It ended by itself, and is started again after a pause. */
        FAILING,
        STOPPED
    }

    public boolean ready() {
        return phase == Phase.READY;
    }
}
