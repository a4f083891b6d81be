package io.livepatch.server.problem;

import io.livepatch.server.database.DatabaseFault;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** Translates exceptions of lower layers into {@link ProblemException}s. */
public final class ExceptionTranslator {
    static final String DATABASE_AWAY = "the database cannot be reached; try again";

    static final String DATABASE_FULL =
            "the disk of the database is full, so nothing can be recorded; free some room on the disk of"
                    + " PostgreSQL's data directory (the status of the postgresql unit names it), nothing has to be restarted";

    static final String WRITES_REFUSED = "the database does not accept writes at the moment; try again";

    static final String UNIT_REFUSED =
            "the database refuses the requests of this unit: its user, password or a privilege is wrong;"
                    + " the log of the unit has the database's message, and an operator must correct it";

    private static final String TOO_SLOW =
            "the body was sent more slowly than server.min-data-rate; nothing was stored";

    private ExceptionTranslator() {}

    /** Empty for an unexpected failure. */
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
                DatabaseFault.causes(e)
                        .filter(ProblemException.class::isInstance)
                        .map(ProblemException.class::cast)
                        .findFirst()
                        .orElseGet(() -> sourceFailed(e));
            case StoreException.Corrupt e -> new ProblemException.Broken(detail, e);
            case StoreException.Full e -> new ProblemException.Full(detail, e);
            case StoreException.TooLarge _ -> new ProblemException.TooLarge(detail);
            case StoreException.Unavailable e -> new ProblemException.Unavailable(detail, e);
            case StoreException.Locked e -> new ProblemException.Unavailable(detail, e);
        };
    }

    private static Optional<ProblemException> databaseFailure(Throwable failure) {
        return detail(DatabaseFault.of(failure).kind())
                .map(detail -> new ProblemException.Unavailable(detail, failure));
    }

    private static ProblemException sourceFailed(StoreException failure) {
        return DatabaseFault.causes(failure).anyMatch(TimeoutException.class::isInstance)
                ? new ProblemException.RequestTimeout(TOO_SLOW, failure)
                : new ProblemException.BadRequest(String.valueOf(failure.getMessage()), failure);
    }

    /** Empty for a failure that the statement itself causes, which is a defect of the server. */
    private static Optional<String> detail(DatabaseFault.Kind kind) {
        return switch (kind) {
            case AWAY, TRY_AGAIN -> Optional.of(DATABASE_AWAY);
            case FULL -> Optional.of(DATABASE_FULL);
            case REFUSES_WRITES -> Optional.of(WRITES_REFUSED);
            case SETTINGS -> Optional.of(UNIT_REFUSED);
            case MISSING_REFERENCE, STATEMENT -> Optional.empty();
        };
    }
}
