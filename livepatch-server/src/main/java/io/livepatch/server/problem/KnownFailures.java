package io.livepatch.server.problem;

import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says what an exception from below means to the caller of the HTTP API. Pure. */
public final class KnownFailures {
    static final String DATABASE_AWAY = "the database cannot be reached; try again";

    static final String DATABASE_FULL =
            "the disk of the database is full, so nothing can be recorded; free some room on the disk of"
                    + " PostgreSQL's data directory (the status of the postgresql unit names it), nothing has to be restarted";

    static final String WRITES_REFUSED = "the database does not accept writes at the moment; try again";

    /** SQL state {@code disk_full}. */
    private static final String DISK_FULL = "53100";

    private static final String TOO_SLOW =
            "the body was sent more slowly than server.min-data-rate; nothing was stored";

    private static final int DEEPEST_CAUSE = 20;

    /** Read-only (a standby, a primary that was just replaced), no room in its memory, its disk fails. */
    private static final Set<String> REFUSES_WRITES = Set.of("25006", "53200", "58030");

    /**
     * SQL states that say "not now" rather than "never" (PostgreSQL manual, appendix A): the server shuts down or starts, is out of
     * connections, or chose this transaction as the loser.
     */
    private static final Set<String> TRY_AGAIN =
            Set.of("57P01", "57P02", "57P03", "53300", "40001", "40P01", "55P03", "57014");

    private KnownFailures() {}

    /** The problem that this failure is; empty for a failure that nobody foresaw. */
    public static Optional<ProblemException> problem(Throwable failure) {
        return switch (failure) {
            case ProblemException problem -> Optional.of(problem);
            case StoreException store -> Optional.of(store(store));
            case InvalidNameException invalid ->
                Optional.of(new ProblemException.BadRequest(String.valueOf(invalid.getMessage()), invalid));
            case IOException read
            when read.getCause() instanceof TimeoutException ->
                Optional.of(new ProblemException.RequestTimeout(TOO_SLOW, read));
            default -> databaseFailure(failure);
        };
    }

    private static ProblemException store(StoreException failure) {
        String detail = String.valueOf(failure.getMessage());
        return switch (failure) {
            case StoreException.NotFound e -> new ProblemException.NotFound(detail, e);
            case StoreException.Conflict e -> new ProblemException.Conflict(detail, e);
            case StoreException.DigestMismatch e -> new ProblemException.DigestMismatch(detail, e);
            case StoreException.SourceFailed e ->
                causes(e)
                        .filter(ProblemException.class::isInstance)
                        .map(ProblemException.class::cast)
                        .findFirst()
                        .orElseGet(() -> sourceFailed(e));
            case StoreException.Corrupt e -> new ProblemException.Broken(detail, e);
            case StoreException.Full e -> new ProblemException.Full(detail, e);
            case StoreException.Unavailable e -> new ProblemException.Unavailable(detail, e);
            case StoreException.Locked e -> new ProblemException.Unavailable(detail, e);
        };
    }

    private static Optional<ProblemException> databaseFailure(Throwable failure) {
        return causes(failure)
                .filter(SQLException.class::isInstance)
                .map(SQLException.class::cast)
                .flatMap(sql -> meaning(sql).stream())
                .findFirst()
                .map(detail -> new ProblemException.Unavailable(detail, failure));
    }

    private static ProblemException sourceFailed(StoreException failure) {
        return causes(failure).anyMatch(TimeoutException.class::isInstance)
                ? new ProblemException.RequestTimeout(TOO_SLOW, failure)
                : new ProblemException.BadRequest(String.valueOf(failure.getMessage()), failure);
    }

    /** What the caller is told; empty for a failure that trying again does not cure. */
    private static Optional<String> meaning(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        if (state.equals(DISK_FULL)) {
            return Optional.of(DATABASE_FULL);
        }
        if (REFUSES_WRITES.contains(state)) {
            return Optional.of(WRITES_REFUSED);
        }
        boolean away = failure instanceof SQLTransientConnectionException
                || failure instanceof SQLRecoverableException
                || state.startsWith("08")
                || TRY_AGAIN.contains(state);
        return away ? Optional.of(DATABASE_AWAY) : Optional.empty();
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.<@Nullable Throwable>iterate(failure, cause -> cause == null ? null : cause.getCause())
                .limit(DEEPEST_CAUSE)
                .flatMap(Stream::ofNullable);
    }
}
