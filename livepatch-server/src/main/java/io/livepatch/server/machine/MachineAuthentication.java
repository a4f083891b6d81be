package io.livepatch.server.machine;

import io.livepatch.server.http.Exchange;
import java.util.function.Consumer;

/** Finds out which machine a request on a hot route comes from. Thread-safe. */
public interface MachineAuthentication {

    /**
     * Passes the machine on whose token the request bears: at once if the token is known in memory, else from one of the
     * exchange's connection threads, which must not be blocked, after one read of the database. A request without a token, with an unknown one, or while the
     * database is away is answered here, and {@code then} is not called. What {@code then} throws is answered, too.
     */
    void authenticate(Exchange exchange, Consumer<Machine> then);

    /** Forgets a token that turned out to be no machine's any more. */
    void forget(Machine machine);
}
