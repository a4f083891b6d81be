package io.livepatch.charm.api;

import java.util.Optional;

/** The long-running processes of a unit. They are kept alive by the substrate; a charm only says what should run. */
public interface Services {

    /**
     * Starts it, or replaces it when what runs differs from {@code spec} in any way; does nothing otherwise. Of a crew only those
     * are replaced who have to be, one by one, and only by processes that are ready; this returns before.
     */
    void ensure(ServiceSpec spec);

    /** Stops it gracefully and forgets it; silent when there is none. */
    void stop(String name);

    /** Stops and starts it; a crew is replaced one by one, and this returns when all are ready. */
    void restart(String name);

    /** How it is; empty when it was never ensured or has been stopped. */
    Optional<ServiceState> state(String name);
}
