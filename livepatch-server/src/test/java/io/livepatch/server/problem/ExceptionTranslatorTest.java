package io.livepatch.server.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.jdbi.v3.core.ConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExceptionTranslatorTest {
    private static final PatchName NAME = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
    private static final Sha256 ONE = Sha256.of(new byte[] {1});
    private static final Sha256 TWO = Sha256.of(new byte[] {2});

    @Test
    void failuresOfTheStoreKeepTheirMessageAndGetAStatus() {
        assertThat(status(new StoreException.NotFound(NAME, "store"))).isEqualTo(404);
        assertThat(status(new StoreException.Conflict(NAME, ONE, TWO))).isEqualTo(409);
        assertThat(status(new StoreException.DigestMismatch(NAME, ONE, TWO))).isEqualTo(422);
        assertThat(status(new StoreException.Corrupt(NAME, ONE, TWO, "here"))).isEqualTo(500);
        assertThat(status(new StoreException.Full("full", new IOException()))).isEqualTo(507);
        assertThat(status(new StoreException.TooLarge(new Patch(NAME, 10, ONE), 9, "here")))
                .isEqualTo(413);
        assertThat(status(new StoreException.Unavailable("away", null))).isEqualTo(503);
        assertThat(status(new StoreException.SourceFailed(NAME, new IOException("reset"))))
                .isEqualTo(400);
        assertThat(problem(new StoreException.DigestMismatch(NAME, ONE, TWO)).detail())
                .contains(ONE.hex(), TWO.hex());
    }

    @Test
    void problemOfTheSourceIsTheAnswer() {
        IOException stopped = new IOException(new ProblemException.TooLarge("too long"));

        assertThat(problem(new StoreException.SourceFailed(NAME, stopped)))
                .isInstanceOf(ProblemException.TooLarge.class)
                .hasMessage("too long");
    }

    @ParameterizedTest
    @ValueSource(strings = {"08006", "57P01", "53300", "40P01"})
    void databaseThatRefusesConnectionsIsUnavailable(String state) {
        ProblemException problem = problem(new IllegalStateException(new SQLException("secret detail", state)));

        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.retryAfter()).contains(Duration.ofSeconds(5));
        assertThat(problem.detail()).isEqualTo("the database cannot be reached; try again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"25006", "53200", "58030"})
    void databaseThatAcceptsNoWritesIsUnavailable(String state) {
        ProblemException problem = problem(new IllegalStateException(new SQLException("secret detail", state)));

        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.detail()).isEqualTo("the database does not accept writes at the moment; try again");
    }

    @Test
    void databaseWithoutDiskSpaceIsUnavailableAndNamesTheDisk() {
        ProblemException problem = problem(new IllegalStateException(new SQLException("secret detail", "53100")));

        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.detail())
                .contains("disk of the database is full", "free some room")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"42501", "28P01", "3D000"})
    void databaseThatRefusesThisUnitIsUnavailableUntilAnOperatorActs(String state) {
        ProblemException problem = problem(new IllegalStateException(new SQLException("secret detail", state)));

        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.detail()).contains("refuses", "log of the unit").doesNotContain("secret");
    }

    @Test
    void reasonBelowThePoolsTimeOutDecides() {
        SQLException pool = new SQLTransientConnectionException("timed out", new SQLException("no such user", "28P01"));

        assertThat(problem(new ConnectionException(pool)).detail()).contains("refuses");
    }

    @Test
    void poolThatGivesNoConnectionIsUnavailable() {
        assertThat(status(new ConnectionException(new SQLTransientConnectionException("timed out"))))
                .isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"42601", "P0001", "54000", "23503", "22001"})
    void statementThatIsRefusedForItselfIsNoKnownFailure(String state) {
        assertThat(ExceptionTranslator.problem(new IllegalStateException(new SQLException("syntax", state))))
                .isEmpty();
    }

    @Test
    void defectIsNoKnownFailure() {
        assertThat(ExceptionTranslator.problem(new NullPointerException())).isEmpty();
    }

    private static int status(Throwable failure) {
        return problem(failure).status();
    }

    private static ProblemException problem(Throwable failure) {
        return ExceptionTranslator.problem(failure).orElseThrow();
    }
}
