package io.livepatch.server.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.server.config.Dsn;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
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
import org.junit.jupiter.api.Test;

final class SchemaIT {
    private final PostgresServer server = PostgresServer.shared();

    private record Outcome(int exit, String out) {}

    @Test
    void toolBringsAnEmptyDatabaseForwardAndSaysSo() throws Exception {
        String dsn = server.newDatabase();

        assertThat(tool(Map.of(), "check", "--db", dsn)).isEqualTo(new Outcome(2, """
                        the database has no schema, 2 pending: run 'livepatch-schema-tool upgrade'
                          1 baseline
                          2 patch stores
                        """));
        assertThat(tool(Map.of(), "upgrade", "--target", "livepatchdb", "--db", dsn))
                .isEqualTo(new Outcome(0, "schema is at version 2, 2 migrations applied\n"));
        assertThat(tool(Map.of("LP_DATABASE_CONNECTION_STRING", dsn), "upgrade"))
                .isEqualTo(new Outcome(0, "schema is at version 2, nothing to do\n"));
        assertThat(tool(Map.of("LP_DATABASE_CONNECTION_STRING", dsn), "check"))
                .isEqualTo(new Outcome(0, "schema is at version 2, nothing to do\n"));
    }

    @Test
    void databaseThatIsAwayIsOneLineWithoutThePassword() throws Exception {
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
    void wrongUseIsNotTakenForPendingMigrations() throws Exception {
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
    void unitsThatUpgradeAtOnceDoNotMeet() throws InterruptedException, ExecutionException {
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
                        .isEqualTo(2));
        assertThat(new Schema(dsn).status().current()).isTrue();
    }

    @Test
    void historyThatWasEditedIsAnAlarm() {
        Dsn dsn = Dsn.parse(server.newDatabase());
        new Schema(dsn).upgrade();
        server.psql(dsn.database(), "update flyway_schema_history set checksum = 1");

        assertThatThrownBy(() -> new Schema(dsn).status()).isInstanceOf(SchemaException.Refused.class);
        assertThatThrownBy(() -> new Schema(dsn).upgrade()).isInstanceOf(SchemaException.Refused.class);
    }

    /** Runs the program as an operator does; standard output and error together. */
    private static Outcome tool(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-XX:TieredStopAtLevel=1",
                Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("LP_DATABASE_CONNECTION_STRING");
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Outcome(process.waitFor(), out);
    }
}
