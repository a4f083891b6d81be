package io.livepatch.server.database;

import java.io.Serial;
import java.sql.SQLException;

/** A {@link HotQuery} failed; its cause says why. */
public final class QueryException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    QueryException(SQLException cause) {
        super(cause.getMessage(), cause);
    }
}
