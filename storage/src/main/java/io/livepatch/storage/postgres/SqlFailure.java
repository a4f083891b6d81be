package io.livepatch.storage.postgres;

import io.livepatch.storage.StoreException;
import java.sql.SQLException;
import java.util.Objects;

/** What a failure of PostgreSQL means, told by its code (PostgreSQL's manual, appendix A). */
final class SqlFailure {
    static final String UNREACHABLE = "check that the database runs and can be reached from here, then try again";

    private static final String UNDEFINED_TABLE = "42P01";

    private SqlFailure() {}

    /** Whether the connection broke, or the server is ending or starting: another connection may do better. */
    static boolean disconnected(SQLException failure) {
        return code(failure).startsWith("08") || code(failure).startsWith("57P");
    }

    /** Whether the store's tables are missing: the first put makes them. */
    static boolean nothingStoredYet(SQLException failure) {
        return code(failure).equals(UNDEFINED_TABLE);
    }

    /** The exception to throw for it. */
    static StoreException exception(String what, String place, SQLException cause) {
        String failed = what + " in '" + place + "' failed: " + reason(cause) + "; ";
        return switch (code(root(cause))) {
            case "53100" ->
                new StoreException.Full(
                        failed + "free some room on the database's disk, or give it a larger one", cause);
            case "42501" ->
                new StoreException.Unavailable(
                        failed + "its user needs CREATE on the schema, to make the tables " + Tables.NAMES
                                + " once, or else SELECT, INSERT and DELETE on these tables, made by another user"
                                + " whose put was the first",
                        cause,
                        true);
            case "3F000" ->
                new StoreException.Unavailable(
                        failed + "create a schema for the tables " + Tables.NAMES
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
                        failed + "another upload of the same patch is under way: try again when that is done", cause);
            case "28000", "28P01", "3D000" ->
                new StoreException.Unavailable(failed + "check user, password and database of the store", cause, true);
            default -> new StoreException.Unavailable(failed + UNREACHABLE, cause);
        };
    }

    /** The failure below a pool's "no connection available", which has no code of its own. */
    private static SQLException root(SQLException failure) {
        return failure.getCause() instanceof SQLException cause ? root(cause) : failure;
    }

    private static String code(SQLException failure) {
        return Objects.requireNonNullElse(failure.getSQLState(), "");
    }

    /** The first line, since details follow that may hold values; of the cause where a pool says only that it has waited. */
    static String reason(SQLException failure) {
        return String.valueOf(root(failure).getMessage()).lines().findFirst().orElse("no reason given");
    }
}
