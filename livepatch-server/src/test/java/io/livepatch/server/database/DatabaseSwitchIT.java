package io.livepatch.server.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.TestDatabase;
import io.livepatch.server.config.Dsn;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import io.livepatch.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A pool whose database changes while its connections are in use or awaited. */
final class DatabaseSwitchIT {
    private static final Duration LIFETIME = Duration.ofMinutes(10);

    private final TestDatabase test = TestDatabase.fresh();
    private final DatabaseConfig before = config("old");
    private final DatabaseConfig after = config("new");
    private final Database database = Database.of("switched", before);

    @AfterEach
    void close() {
        database.close();
        test.close();
    }

    /** One connection at most, as a user of this name and database. */
    private DatabaseConfig config(String prefix) {
        String user = prefix + "_" + test.dsn().database();
        test.jdbi().useHandle(handle -> handle.execute("create role " + user + " login password 'secret'"));
        return new DatabaseConfig(
                Dsn.parse("postgres://" + user + ":secret@127.0.0.1:"
                        + PostgresServer.shared().port() + "/" + test.dsn().database()),
                1,
                LIFETIME);
    }

    private static String user(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select current_user")) {
            row.next();
            return row.getString(1);
        }
    }

    private String userOfNewConnection() throws SQLException {
        try (Connection connection = database.source().getConnection()) {
            return user(connection);
        }
    }

    private int connections(DatabaseConfig of) {
        return Integer.parseInt(test.value("select count(*) from pg_stat_activity where usename = '"
                + of.dsn().user() + "'"));
    }

    @Test
    void aConnectionInUseKeepsWorkingAndIsClosedWhenItIsReturned() throws SQLException {
        try (Connection held = database.source().getConnection()) {
            held.setAutoCommit(false);
            assertThat(user(held)).isEqualTo(before.dsn().user());

            database.switchTo(after);

            assertThat(userOfNewConnection()).isEqualTo(after.dsn().user());
            await().during(Duration.ofMillis(300))
                    .until(() -> user(held).equals(before.dsn().user()));
            held.commit();
        }
        await("closed").until(() -> connections(before) == 0);
        assertThat(connections(after)).isEqualTo(1);
    }

    @Test
    void aThreadThatWaitsForAnOldConnectionGetsANewOne() throws Exception {
        try (Connection held = database.source().getConnection()) {
            CompletableFuture<String> waiting = new CompletableFuture<>();
            Thread waiter = Thread.ofPlatform().start(() -> {
                try {
                    waiting.complete(userOfNewConnection());
                } catch (SQLException e) {
                    waiting.completeExceptionally(e);
                }
            });
            await("it waits").until(() -> waiter.getState() == Thread.State.TIMED_WAITING);

            database.switchTo(after);

            assertThat(waiting.get(1, TimeUnit.MINUTES)).isEqualTo(after.dsn().user());
            assertThat(user(held)).isEqualTo(before.dsn().user());
        }
    }

    @Test
    void backAndForthLeavesOnlyTheLastPool() throws SQLException {
        for (int i = 0; i < 10; i++) {
            database.switchTo(after);
            assertThat(userOfNewConnection()).isEqualTo(after.dsn().user());
            database.switchTo(before);
            assertThat(userOfNewConnection()).isEqualTo(before.dsn().user());
        }
        await("closed").until(() -> connections(after) == 0);
        assertThat(connections(before)).isEqualTo(1);
    }

    @Test
    void theSameSettingsKeepThePool() throws SQLException {
        Connection first = database.source().getConnection();
        int pid = pid(first);
        first.close();

        database.switchTo(config(before));

        try (Connection second = database.source().getConnection()) {
            assertThat(pid(second)).isEqualTo(pid);
        }
    }

    private static DatabaseConfig config(DatabaseConfig same) {
        return new DatabaseConfig(same.dsn(), same.poolMax(), same.lifetimeMax());
    }

    private static int pid(Connection connection) throws SQLException {
        return connection.unwrap(org.postgresql.PGConnection.class).getBackendPID();
    }
}
