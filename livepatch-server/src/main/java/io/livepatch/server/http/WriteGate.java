package io.livepatch.server.http;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.UnreadBody;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Answers requests that write with 503 from memory while the database is known to refuse writes. Otherwise each of them would
 * wait for a connection, and PostgreSQL would log each as an error.
 */
@PreMatching
public final class WriteGate implements ContainerRequestFilter {
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

    private final BooleanSupplier refused;

    /**
     * A gate that is open at first.
     *
     * @param refused whether the database refuses writes now; answered from memory
     */
    public WriteGate(BooleanSupplier refused) {
        this.refused = refused;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (!READING.contains(request.getMethod()) && refused.getAsBoolean()) {
            UnreadBody.swallow(request.getEntityStream(), request.getHeaderString("Expect"), UnreadBody.SMALL);
            throw new ProblemException.Unavailable("the database does not accept writes at the moment; try again");
        }
    }
}
