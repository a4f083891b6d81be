package io.livepatch.server.database;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why the database does not do what it is asked, told by the SQL state of the failure (PostgreSQL manual, appendix A). Pure.
 *
 * @param text the reason in one line, without statement, parameters or password
 * @param kind who can change it, and whether another statement would fare better
 */
public record DatabaseFault(String text, Kind kind) {
    private static final int DEEPEST_CAUSE = 20;
    /** Data exception, integrity constraint, snapshot or deadlock: the fault of one statement and its data. */
    private static final Set<String> STATEMENT = Set.of("21", "22", "23", "27", "40", "44");
    /** Wrong user, password, database or right: the same until an operator changes it. */
    private static final Set<String> SETTINGS = Set.of("28", "3D", "3F", "42");

    /** What a failure says of the next statements. */
    public enum Kind {
        /** The server cannot be reached, or refuses writes; passes by itself or when somebody helps the server. */
        AWAY,
        /** The server refuses this user, password, database, table or right until an operator changes it. */
        SETTINGS,
        /** It concerns this statement alone. */
        STATEMENT
    }

    /** What this failure means; {@link Kind#STATEMENT} for one that is not the database's. */
    public static DatabaseFault of(Throwable failure) {
        return causes(failure)
                .filter(SQLException.class::isInstance)
                .map(SQLException.class::cast)
                // A pool's "no connection available" has the reason of the last attempt to connect below it.
                .reduce((_, deeper) -> deeper)
                .map(sql -> new DatabaseFault(text(sql), kind(sql)))
                .orElseGet(() -> new DatabaseFault(String.valueOf(failure.getMessage()), Kind.STATEMENT));
    }

    private static Kind kind(SQLException failure) {
        String state = Optional.ofNullable(failure.getSQLState()).orElse("");
        String group = state.length() < 2 ? "" : state.substring(0, 2);
        if (state.equals("57014") || STATEMENT.contains(group)) {
            return Kind.STATEMENT;
        }
        return SETTINGS.contains(group) ? Kind.SETTINGS : Kind.AWAY;
    }

    private static String text(SQLException failure) {
        String said = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        String line = said.startsWith("ERROR: ") || said.startsWith("FATAL: ")
                ? said.substring("FATAL: ".length()).strip()
                : said;
        int sentence = line.indexOf(". ");
        String first = (sentence > 0 ? line.substring(0, sentence) : line).replaceAll("\\.$", "");
        String network = failure.getCause() instanceof IOException io && !first.contains(" refused")
                ? " (" + io.getMessage() + ")"
                : "";
        return first.isEmpty()
                ? "no reason given"
                : first.substring(0, 1).toLowerCase(Locale.ROOT) + first.substring(1) + network;
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.<@Nullable Throwable>iterate(failure, cause -> cause == null ? null : cause.getCause())
                .limit(DEEPEST_CAUSE)
                .flatMap(Stream::ofNullable);
    }
}
