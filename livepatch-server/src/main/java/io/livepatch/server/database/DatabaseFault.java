package io.livepatch.server.database;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a statement failed, classified by its SQL state (PostgreSQL manual, appendix A). Only this class knows SQL states; callers
 * decide by {@link Kind}. Pure.
 *
 * @param text the reason in one line, without statement, parameters or password
 * @param kind whether other statements are likely to fail as well, and whether an operator has to act
 * @param state the SQL state, five characters; empty for a failure without one, such as a pool that had no connection
 */
public record DatabaseFault(String text, Kind kind, String state) {
    private static final int MAX_CAUSES = 20;

    /** The consequence for this statement and the next ones. */
    public enum Kind {
        /** There is no connection to the server, or it is starting, stopping or out of connections; ends without an operator. */
        AWAY(true),
        /** The server's disk is full: it refuses writes until an operator frees space. */
        FULL(true),
        /** The server is read-only (a standby, say), short of memory, or its disk fails: it may refuse all writes for a while. */
        REFUSES_WRITES(true),
        /** The server refuses this user, password, database, table or right until an operator changes it. */
        SETTINGS(true),
        /** The statement was cancelled, or conflicted with another transaction; the same statement may succeed at once. */
        TRY_AGAIN(false),
        /** A row that this statement refers to does not exist, or no longer. */
        MISSING_REFERENCE(false),
        /** The statement or its data is wrong and would fail again; or the failure is not from the database. */
        STATEMENT(false);

        private final boolean stopsAll;

        Kind(boolean stopsAll) {
            this.stopsAll = stopsAll;
        }

        /** Whether other statements that write are likely to fail as well. */
        public boolean stopsAll() {
            return stopsAll;
        }
    }

    /** Classifies a failure; {@link Kind#STATEMENT} if it is not from the database. */
    public static DatabaseFault of(Throwable failure) {
        return causes(failure)
                .filter(SQLException.class::isInstance)
                .map(SQLException.class::cast)
                // A pool's timeout has the failure of the last attempt to connect as its cause.
                .reduce((_, deeper) -> deeper)
                .map(sql -> {
                    String state = Objects.requireNonNullElse(sql.getSQLState(), "");
                    return new DatabaseFault(text(sql), kind(failure, state), state);
                })
                .orElseGet(() -> new DatabaseFault(String.valueOf(failure.getMessage()), Kind.STATEMENT, ""));
    }

    /** Whether the pool had no connection after its whole timeout. */
    public static boolean poolGaveNoConnection(Throwable failure) {
        return causes(failure).anyMatch(SQLTransientConnectionException.class::isInstance);
    }

    private static Kind kind(Throwable failure, String state) {
        Kind byState = kind(state);
        // The cause of the pool's timeout may have a state of another class, or none.
        boolean noConnection =
                poolGaveNoConnection(failure) || causes(failure).anyMatch(SQLRecoverableException.class::isInstance);
        return noConnection && !byState.stopsAll() ? Kind.AWAY : byState;
    }

    /**
     * Classifies a state. Unlisted states concern one statement: if an unknown state counted as an unreachable database, one batch with rows
     * that a trigger refuses would stop the check-ins of all machines.
     */
    private static Kind kind(String state) {
        return switch (state) {
            // too_many_connections
            case "53300" -> Kind.AWAY;
            // disk_full
            case "53100" -> Kind.FULL;
            // read_only_sql_transaction
            case "25006" -> Kind.REFUSES_WRITES;
            // insufficient_privilege; the rest of class 42, such as a table that is missing, is a defect
            case "42501" -> Kind.SETTINGS;
            // lock_not_available, query_canceled
            case "55P03", "57014" -> Kind.TRY_AGAIN;
            // foreign_key_violation
            case "23503" -> Kind.MISSING_REFERENCE;
            default -> kindOfClass(state);
        };
    }

    private static Kind kindOfClass(String state) {
        // The server is shutting down, crashed, or is starting; the rest of class 57 concerns one statement.
        if (state.startsWith("57P")) {
            return Kind.AWAY;
        }
        return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            // connection_exception
            case "08" -> Kind.AWAY;
            // insufficient_resources, system_error
            case "53", "58" -> Kind.REFUSES_WRITES;
            // invalid_authorization_specification, invalid_catalog_name, invalid_schema_name
            case "28", "3D", "3F" -> Kind.SETTINGS;
            // transaction_rollback: serialization failure, deadlock
            case "40" -> Kind.TRY_AGAIN;
            default -> Kind.STATEMENT;
        };
    }

    private static String text(SQLException failure) {
        String message =
                String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        String line = message.startsWith("ERROR: ") || message.startsWith("FATAL: ")
                ? message.substring("FATAL: ".length()).strip()
                : message;
        int sentence = line.indexOf(". ");
        String first = (sentence > 0 ? line.substring(0, sentence) : line).replaceAll("\\.$", "");
        String network = failure.getCause() instanceof IOException io && !first.contains(" refused")
                ? " (" + io.getMessage() + ")"
                : "";
        return first.isEmpty()
                ? "no reason given"
                : first.substring(0, 1).toLowerCase(Locale.ROOT) + first.substring(1) + network;
    }

    /** This failure and its causes, from the outermost on; at most {@value #MAX_CAUSES}, since causes may form a cycle. */
    public static Stream<Throwable> causes(Throwable failure) {
        return Stream.<@Nullable Throwable>iterate(failure, cause -> cause == null ? null : cause.getCause())
                .limit(MAX_CAUSES)
                .flatMap(Stream::ofNullable);
    }
}
