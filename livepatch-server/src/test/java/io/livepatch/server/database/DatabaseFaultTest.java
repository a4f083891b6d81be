package io.livepatch.server.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.database.DatabaseFault.Kind;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DatabaseFaultTest {
    @ParameterizedTest
    @CsvSource({
        "08006, AWAY",
        "57P01, AWAY",
        "57P03, AWAY",
        "53300, AWAY",
        "53100, FULL",
        "25006, REFUSES_WRITES",
        "53200, REFUSES_WRITES",
        "58030, REFUSES_WRITES",
        "28P01, SETTINGS",
        "3D000, SETTINGS",
        "42501, SETTINGS",
        "42P01, STATEMENT",
        "40001, TRY_AGAIN",
        "40P01, TRY_AGAIN",
        "55P03, TRY_AGAIN",
        "57014, TRY_AGAIN",
        "23503, MISSING_REFERENCE",
        "23505, STATEMENT",
        "42601, STATEMENT",
        "P0001, STATEMENT",
        "54000, STATEMENT",
        "55000, STATEMENT",
        "0A000, STATEMENT",
        "XX001, STATEMENT",
        "57000, STATEMENT",
        "25P02, STATEMENT"
    })
    void sqlStateDecidesTheKind(String state, Kind kind) {
        DatabaseFault fault =
                DatabaseFault.of(new IllegalStateException(new SQLException("ERROR: Some reason.", state)));

        assertThat(fault).isEqualTo(new DatabaseFault("some reason", kind, state));
    }

    @Test
    void poolTimeoutIsAwayUnlessItsCauseIsMoreSpecific() {
        assertThat(DatabaseFault.of(new SQLTransientConnectionException("timed out"))
                        .kind())
                .isEqualTo(Kind.AWAY);
        assertThat(DatabaseFault.of(new SQLTransientConnectionException("timed out", new SQLException("?", "XX000")))
                        .kind())
                .isEqualTo(Kind.AWAY);
        assertThat(DatabaseFault.of(new SQLTransientConnectionException("timed out", new SQLException("?", "28P01")))
                        .kind())
                .isEqualTo(Kind.SETTINGS);
    }

    @Test
    void failureOfAnotherKindConcernsItsStatementAlone() {
        assertThat(DatabaseFault.of(new IllegalStateException("a defect")))
                .isEqualTo(new DatabaseFault("a defect", Kind.STATEMENT, ""));
    }

    @Test
    void cyclicCausesEnd() {
        Exception first = new Exception("first");
        first.initCause(new Exception("second", first));

        assertThat(DatabaseFault.causes(first)).hasSize(20);
    }
}
