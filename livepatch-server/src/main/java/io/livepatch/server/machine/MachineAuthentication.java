package io.livepatch.server.machine;

import io.livepatch.server.http.Exchange;
import java.util.function.Consumer;

/** Authenticates the machine of a request on a direct route. Thread-safe. */
public interface MachineAuthentication {

    /**
     * Calls {@code then} with the machine whose token the request has: at once if the token is cached, else on one of the exchange's
     * connection threads, which must not be blocked, after a read of the database. Completes the exchange if there is no valid token, if
     * the database is unavailable, or with the exception of {@code then}.
     */
    void authenticate(Exchange exchange, Consumer<Machine> then);

    /** Removes a token that is no longer valid from the cache. */
    void invalidate(Machine machine);
}
