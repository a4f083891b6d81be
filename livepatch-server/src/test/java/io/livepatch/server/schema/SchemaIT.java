package io.livepatch.server.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.TestDatabase;
import io.livepatch.server.config.Dsn;
import io.livepatch.server.database.Database;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SchemaIT {
    private final PostgresServer server = PostgresServer.shared();

    private static final PatchName PATCH = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");

    private static final Duration SHORT = Duration.ofMillis(200);

    private record Outcome(int exit, String out) {}

    @Test
    void toolUpgradesAnEmptyDatabase() throws Exception {
        String dsn = server.newDatabase();

        assertThat(tool(Map.of(), "check", "--db", dsn)).isEqualTo(new Outcome(2, """
                        the database has no schema, 4 pending: run 'livepatch-schema-tool upgrade'
                          1 baseline
                          2 patch stores
                          3 machine ownership
                          4 sessions keys and units
                        """));
        assertThat(tool(Map.of(), "upgrade", "--target", "livepatchdb", "--db", dsn))
                .isEqualTo(new Outcome(0, "schema is at version 4, 4 migrations applied\n"));
        assertThat(tool(Map.of("LP_DATABASE_CONNECTION_STRING", dsn), "upgrade"))
                .isEqualTo(new Outcome(0, "schema is at version 4, nothing to do\n"));
        assertThat(tool(Map.of("LP_DATABASE_CONNECTION_STRING", dsn), "check"))
                .isEqualTo(new Outcome(0, "schema is at version 4, nothing to do\n"));
    }

    @Test
    void unreachableDatabaseIsReportedInOneLineWithoutThePassword() throws Exception {
        String wrongPassword = server.newDatabase().replace("test-admin-password", "hunter2");

        Outcome unreachable = tool(Map.of(), "upgrade", "--db", "postgres://u:hunter2@127.0.0.1:1/d");
        assertThat(unreachable.exit()).isEqualTo(1);
        assertThat(unreachable.out())
                .startsWith("livepatch-schema-tool: cannot reach the database postgres://u:***@127.0.0.1:1/d: ")
                .hasLineCount(1)
                .doesNotContain("hunter2");
        Outcome refused = tool(Map.of(), "check", "--db", wrongPassword);
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.out())
                .contains("password authentication failed")
                .hasLineCount(1)
                .doesNotContain("hunter2");
    }

    @Test
    void wrongUsageHasNotTheExitCodeOfPendingMigrations() throws Exception {
        assertThat(tool(Map.of(), "check").exit()).isEqualTo(1);
        assertThat(tool(Map.of(), "chek").exit()).isEqualTo(1);
        assertThat(tool(Map.of()).exit()).isEqualTo(1);
        assertThat(tool(Map.of(), "check", "--db", "mysql://u:hunter2@h/d").out())
                .doesNotContain("hunter2");
        assertThat(tool(Map.of(), "check", "--target", "timescaledb", "--db", "postgres://u:p@h/d")
                        .out())
                .contains("timescaledb");
    }

    @Test
    void requestedEncryptionIsNotDropped() throws Exception {
        String dsn = server.newDatabase();

        Outcome misspelt = tool(Map.of(), "check", "--db", dsn + "?ssl_mode=require");
        assertThat(misspelt.exit()).isEqualTo(1);
        assertThat(misspelt.out()).startsWith("""
                livepatch-schema-tool: the connection string has the unknown parameter 'ssl_mode', did you mean 'sslmode'?
                """);
        Outcome plainOnly = tool(Map.of("LP_DATABASE_CONNECTION_STRING", dsn + "?sslmode=require"), "check");
        assertThat(plainOnly.exit()).isEqualTo(1);
        assertThat(plainOnly.out()).contains("does not support SSL").hasLineCount(1);
    }

    @Test
    void unknownCommandAndHelpUseNoDatabase() throws Exception {
        String database = server.newDatabase();
        for (String extra : List.of("extra", "--force", "--targt=livepatchdb")) {
            assertThat(tool(Map.of(), "upgrade", "--db", database, extra).exit())
                    .isEqualTo(1);
        }
        assertThat(tool(Map.of(), "upgrade", "--db", database, "--help").exit()).isZero();

        assertThat(tool(Map.of(), "check", "--db", database).exit())
                .as("all migrations are pending")
                .isEqualTo(2);
    }

    @Test
    void concurrentUpgradesExcludeEachOther() throws InterruptedException, ExecutionException {
        Dsn dsn = Dsn.parse(server.newDatabase());
        Callable<Integer> upgrade = () -> new Schema(dsn).upgrade();

        List<Integer> applied = new ArrayList<>();
        try (ExecutorService units = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> unit : units.invokeAll(Collections.nCopies(6, upgrade))) {
                applied.add(unit.get());
            }
        }

        assertThat(applied)
                .as("each migration was applied once")
                .satisfies(counts -> assertThat(
                                counts.stream().mapToInt(count -> count).sum())
                        .isEqualTo(4));
        assertThat(new Schema(dsn).status().current()).isTrue();
    }

    /** Takes the lock of pg_dump, which conflicts with ALTER TABLE and with no statement of a unit. */
    @Test
    void migrationThatWaitsForALongTransactionDoesNotBlockCheckIns() throws Exception {
        try (TestDatabase before = TestDatabase.atVersion("2");
                ExecutorService thread = Executors.newSingleThreadExecutor();
                Connection dump = Database.unpooled(before.dsn()).getConnection()) {
            hold(dump);
            Future<Integer> upgrade =
                    thread.submit(() -> new Schema(before.dsn(), new Schema.Waits(SHORT, SHORT, 1000)).upgrade());
            await().until(() -> before.value(
                            "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
                                    + " and database = (select oid from pg_database where datname = current_database())")
                    .equals("1"));

            before.jdbi().useTransaction(checkIn -> {
                checkIn.execute("set local statement_timeout = '20s'");
                assertThat(checkIn.select("select count(*) from machines join machine_reports using (machine_id)")
                                .mapTo(Long.class)
                                .one())
                        .isZero();
            });
            assertThat(upgrade.isDone()).as("it is tried again").isFalse();

            dump.rollback();
            assertThat(upgrade.get()).isEqualTo(2);
        }
    }

    @Test
    void migrationWithoutItsLockNamesPossibleHolders() throws Exception {
        try (TestDatabase before = TestDatabase.atVersion("2");
                Connection dump = Database.unpooled(before.dsn()).getConnection()) {
            hold(dump);

            assertThatThrownBy(() -> new Schema(before.dsn(), new Schema.Waits(SHORT, SHORT, 2)).upgrade())
                    .isInstanceOf(SchemaException.Refused.class)
                    .hasMessageContaining("tried 2 times")
                    .hasMessageContaining("pg_dump")
                    .hasMessageContaining("run the upgrade again");

            dump.rollback();
            assertThat(new Schema(before.dsn()).upgrade()).isEqualTo(2);
        }
    }

    private static void hold(Connection dump) throws SQLException {
        dump.setAutoCommit(false);
        try (Statement statement = dump.createStatement()) {
            statement.execute("lock table machines in access share mode");
        }
    }

    @Test
    void editedMigrationIsAnError() {
        Dsn dsn = Dsn.parse(server.newDatabase());
        new Schema(dsn).upgrade();
        server.psql(dsn.database(), "update flyway_schema_history set checksum = 1");

        assertThatThrownBy(() -> new Schema(dsn).status()).isInstanceOf(SchemaException.Refused.class);
        assertThatThrownBy(() -> new Schema(dsn).upgrade()).isInstanceOf(SchemaException.Refused.class);
    }

    @Test
    void tablesOfThePatchStoreInTheSameDatabaseAreIgnored(@TempDir Path spool) throws Exception {
        Dsn dsn = Dsn.parse(server.newDatabase());
        new Schema(dsn).upgrade();
        try (PatchStore store =
                PatchStores.open(new StorageConfig.Postgres(Database.unpooled(dsn), () -> "d", spool))) {
            store.put(PATCH, InputStream.nullInputStream(), Sha256.of(new byte[0]));

            assertThat(new Schema(dsn).status().current()).isTrue();
            assertThat(new Schema(dsn).upgrade()).isZero();
        }
    }

    @Test
    void aPatchStoreThatIsReadFirstLeavesTheDatabaseEmpty(@TempDir Path spool) {
        Dsn dsn = Dsn.parse(server.newDatabase());
        try (PatchStore store = PatchStores.open(new StorageConfig.Postgres(Database.unpooled(dsn), () -> "d", spool));
                Stream<PatchName> names = store.list()) {
            assertThat(names).isEmpty();
            assertThat(store.open(PATCH)).isEmpty();
            assertThat(store.delete(PATCH)).isFalse();
            assertThat(store.check().ok()).isTrue();
        }

        assertThat(new Schema(dsn).upgrade()).isEqualTo(4);
    }

    /** Runs the program; standard output and error are merged. */
    private static Outcome tool(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = JavaCommand.program(Main.class.getName());
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("LP_DATABASE_CONNECTION_STRING");
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Outcome(process.waitFor(), out);
    }
}
