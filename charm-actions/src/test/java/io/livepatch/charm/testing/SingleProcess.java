package io.livepatch.charm.testing;

import io.livepatch.charm.api.ServiceState;
import java.util.Optional;

/** States of services that are one process each. */
public final class SingleProcess {
    private SingleProcess() {}

    public static ServiceState state(
            String name, ServiceState.Phase phase, String fingerprint, Optional<String> problem) {
        return new ServiceState(
                name,
                phase,
                fingerprint,
                Optional.empty(),
                0,
                problem,
                Optional.empty(),
                Optional.empty(),
                phase == ServiceState.Phase.READY ? 1 : 0,
                phase == ServiceState.Phase.READY ? 1 : 0,
                true);
    }
}
