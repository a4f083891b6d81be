package io.livepatch.server.unit;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.TestDatabase;
import io.livepatch.server.database.Database;
import io.livepatch.server.unit.UnitRegistry.Convergence;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Reporting, silent and stopped units; tests set the times of rows instead of waiting. */
final class UnitRegistryIT {
    private TestDatabase test;
    private UnitRegistry one;
    private long revision;

    @BeforeEach
    void open() {
        test = TestDatabase.fresh();
        revision = Long.parseLong(test.value("select revision from catalog_revision"));
        one = unit(1);
        one.report(revision);
    }

    @AfterEach
    void close() {
        one.close();
        test.close();
    }

    private UnitRegistry unit(int number) {
        return new UnitRegistry(test.database(), "livepatch/" + number, Duration.ofSeconds(1));
    }

    private void row(int number, long has, String seenAt) {
        test.jdbi()
                .useHandle(handle -> handle.execute(
                        "insert into unit_processes (process_id, unit, revision, seen_at) values (?, ?, ?, " + seenAt
                                + ")",
                        UUID.randomUUID(),
                        "livepatch/" + number,
                        has));
    }

    private Convergence ask() {
        return one.await(Duration.ZERO);
    }

    @Test
    void unitThatWasCutOffWithAnOlderRevisionIsNamedWithTheTimeOfItsLastReport() {
        row(2, revision - 1, "now() - interval '31 s'");
        row(3, revision - 1, "now() - interval '290 s'");

        Convergence seen = ask();

        assertThat(seen.units()).isEqualTo(1);
        assertThat(seen.lagging()).containsExactly("livepatch/2", "livepatch/3");
        assertThat(seen.silent()).extracting(Convergence.Silent::unit).containsExactly("livepatch/2", "livepatch/3");
        assertThat(seen.silent().getFirst().since())
                .isAfter(
                        Instant.parse(
                                test.value(
                                        "select to_char((now() - interval '2 min') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")));
    }

    @Test
    void processThatWasKilledIsNotNamedWhileItsUnitReports() {
        row(2, revision - 1, "now() - interval '40 s'");
        row(2, revision, "now()");

        assertThat(ask().lagging()).isEmpty();
        assertThat(ask().silent()).isEmpty();
    }

    @Test
    void silentUnitOfSeveralProcessesIsNamedOnce() {
        row(2, revision - 1, "now() - interval '40 s'");
        row(2, revision - 1, "now() - interval '50 s'");

        assertThat(ask().lagging()).containsExactly("livepatch/2");
        assertThat(ask().silent()).hasSize(1);
    }

    /** A waiting unit notifies the others periodically. */
    @Test
    void liveProcessIsWaitedForThoughAnotherOneOfItsUnitIsSilent() throws Exception {
        row(2, revision - 1, "now() - interval '40 s'");
        try (Connection listener = Database.unpooled(test.dsn()).getConnection();
                Statement listen = listener.createStatement();
                UnitRegistry two = unit(2);
                UnitRegistry patient = new UnitRegistry(test.database(), "livepatch/3", Duration.ofMinutes(1));
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            listen.execute("listen livepatch_catalog");
            two.report(revision - 1);
            Future<Convergence> asked = thread.submit(() -> patient.await(Duration.ofMinutes(1)));

            assertThat(listener.unwrap(PGConnection.class).getNotifications(30_000))
                    .isNotEmpty();
            two.report(revision);

            assertThat(asked.get().lagging()).isEmpty();
        }
    }

    @Test
    void silentUnitThatHasTheChangeIsNotNamed() {
        row(2, revision, "now() - interval '31 s'");

        assertThat(ask().lagging()).isEmpty();
        assertThat(ask().silent()).isEmpty();
    }

    @Test
    void unitThatStopsGracefullyIsRemovedAtOnce() {
        UnitRegistry two = unit(2);
        two.report(revision - 1);
        assertThat(ask().lagging()).containsExactly("livepatch/2");

        two.close();
        two.report(revision - 1);

        assertThat(ask().lagging()).isEmpty();
        assertThat(test.value("select count(*) from unit_processes")).isEqualTo("1");
    }

    @Test
    void unitThatIsSilentForLongerIsRemoved() {
        row(2, revision - 1, "now() - interval '301 s'");

        assertThat(ask().lagging()).isEmpty();
        assertThat(test.value("select count(*) from unit_processes")).isEqualTo("1");
    }

    @Test
    void rowInTheFutureAgesLikeAnyOther() {
        row(2, revision - 1, "now() + interval '1 hour'");

        assertThat(ask().lagging()).as("it may be live").containsExactly("livepatch/2");
        assertThat(test.value("select count(*) from unit_processes where seen_at > now()"))
                .isEqualTo("0");
    }
}
