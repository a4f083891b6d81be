package io.livepatch.server.checkin;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why a batch was not written, as far as it matters for whether to try again. Pure. */
enum WriteFailure {
    /** The connection broke, or the server behind it went away. Another one may be there already. */
    CONNECTION,

    /** A machine left between the look at its row and the commit, or PostgreSQL chose this statement as the loser of a conflict. */
    RACE,

    /** Anything else: no connection was to be had for seconds, or the statement itself is refused. */
    LASTING;

    private static final int DEEPEST_CAUSE = 20;
    private static final Set<String> GOING_AWAY = Set.of("57P01", "57P02", "57P03");
    /** Foreign key, serialization, deadlock (PostgreSQL manual, appendix A). */
    private static final Set<String> RACES = Set.of("23503", "40001", "40P01");

    static WriteFailure of(Throwable failure) {
        return Stream.<@Nullable Throwable>iterate(failure, cause -> cause == null ? null : cause.getCause())
                .limit(DEEPEST_CAUSE)
                .flatMap(Stream::ofNullable)
                .filter(SQLException.class::isInstance)
                .map(SQLException.class::cast)
                .findFirst()
                .map(WriteFailure::of)
                .orElse(LASTING);
    }

    private static WriteFailure of(SQLException failure) {
        String state = Optional.ofNullable(failure.getSQLState()).orElse("");
        if (failure instanceof SQLTransientConnectionException) {
            return LASTING;
        }
        if (state.startsWith("08") || GOING_AWAY.contains(state)) {
            return CONNECTION;
        }
        return RACES.contains(state) ? RACE : LASTING;
    }

    /** A lost connection is worth one more attempt, a lost race is worth all there are. */
    boolean helpedByAnotherAttempt(int attempts) {
        return switch (this) {
            case CONNECTION -> attempts == 1;
            case RACE -> true;
            case LASTING -> false;
        };
    }
}
