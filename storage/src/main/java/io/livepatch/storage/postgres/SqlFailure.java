package io.livepatch.storage.postgres;

import io.livepatch.storage.StoreException;
import java.sql.SQLException;
import java.util.Objects;

/** Translates errors of PostgreSQL, by their SQLSTATE (PostgreSQL's manual, appendix A), into {@link StoreException}s with a remedy. */
final class SqlFailure {
    static final String UNREACHABLE = "check that the database runs and can be reached from here, then try again";

    private static final String UNDEFINED_TABLE = "42P01";

    private SqlFailure() {}

    /** Whether the connection broke, or the server is shutting down or starting, so that a new connection may succeed. */
    static boolean isDisconnect(SQLException failure) {
        return code(failure).startsWith("08") || code(failure).startsWith("57P");
    }

    /** Whether the store's tables do not exist yet: the first put creates them. */
    static boolean isMissingTable(SQLException failure) {
        return code(failure).equals(UNDEFINED_TABLE);
    }

    /** The exception to throw for a failed operation. */
    static StoreException exception(String operation, String address, SQLException cause) {
        String failed = operation + " in '" + address + "' failed: " + reason(cause) + "; ";
        return switch (code(root(cause))) {
            case "53100" ->
                new StoreException.Full(
                        failed + "free some room on the database's disk, or give it a larger one", cause);
            case "42501" ->
                new StoreException.Unavailable(
                        failed + "its user needs CREATE on the schema, to make the tables " + StoreSchema.NAMES
                                + " once, or else SELECT, INSERT and DELETE on these tables, made by another user"
                                + " whose put was the first",
                        cause,
                        true);
            case "3F000" ->
                new StoreException.Unavailable(
                        failed + "create a schema for the tables " + StoreSchema.NAMES
                                + ", or set search_path of the user to one that exists",
                        cause,
                        true);
            case "25006" ->
                new StoreException.Unavailable(
                        failed + "this server is a standby or read-only: point the store to the primary, or try again"
                                + " when it is promoted",
                        cause);
            case "55P03" ->
                new StoreException.Unavailable(
                        failed + "another upload of the same patch is in progress: try again when it is done", cause);
            case "28000", "28P01", "3D000" ->
                new StoreException.Unavailable(failed + "check user, password and database of the store", cause, true);
            default -> new StoreException.Unavailable(failed + UNREACHABLE, cause);
        };
    }

    /** The cause of a pool's "no connection available", which has no SQLSTATE of its own. */
    private static SQLException root(SQLException failure) {
        return failure.getCause() instanceof SQLException cause ? root(cause) : failure;
    }

    private static String code(SQLException failure) {
        return Objects.requireNonNullElse(failure.getSQLState(), "");
    }

    /** The first line of the root cause's message. The lines that follow may contain values of columns. */
    static String reason(SQLException failure) {
        return String.valueOf(root(failure).getMessage()).lines().findFirst().orElse("no reason given");
    }
}
