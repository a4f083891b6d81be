package io.livepatch.server;

import static io.livepatch.storage.StoreType.FILESYSTEM;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.config.Dsn;
import io.livepatch.testing.PostgresServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command while a unit runs on the same stores and database. */
final class StorageCommandIT {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> environment = new TreeMap<>();
    private TestDatabase database;
    private Unit unit;

    @BeforeEach
    void start() {
        database = TestDatabase.fresh();
        unit = new Unit(database.database(), directory);
        unit.upload(0, 3);
        environment.put("LP_DATABASE_CONNECTION_STRING", text(database.dsn()));
        environment.put("LP_SERVER_URL_TEMPLATE", "http://127.0.0.1/v1/patches/{filename}");
    }

    @AfterEach
    void end() {
        unit.close();
        database.close();
    }

    private static String text(Dsn dsn) {
        return "postgres://" + dsn.user() + ":" + dsn.password().reveal() + "@"
                + dsn.hosts().getFirst() + "/" + dsn.database();
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return new CommandLine(new StorageCommand(environment, _ -> new TwoStores(directory)))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private List<String> lines() {
        return out.toString().lines().toList();
    }

    private JsonNode last() {
        return JsonMapper.shared().readTree(lines().getLast());
    }

    @Test
    void statusIsPrintedAsTextOrJson() {
        assertThat(run("status")).as(err.toString()).isZero();
        int bytes = Unit.bytes(0).length + Unit.bytes(1).length + Unit.bytes(2).length;
        assertThat(lines())
                .contains("type: filesystem", "patches: 3", "bytes: " + bytes, "damaged: none", "moving: false");

        assertThat(run("status", "--format", "json")).isZero();
        assertThat(lines()).hasSize(1);
        assertThat(last().path("patches").asInt()).isEqualTo(3);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void verificationNamesDamagedPatchesAndFails() {
        assertThat(run("verify")).isZero();
        assertThat(lines().getLast())
                .startsWith("verified 3 patches, 3.0 kB, in 'filesystem' in ")
                .endsWith(": all are whole");

        unit.two.damage(FILESYSTEM, Unit.name(1).fileName());
        assertThat(run("verify", "--format", "json")).isEqualTo(1);
        assertThat(last().path("damaged")).hasSize(1);
        assertThat(err.toString()).contains(Unit.name(1).fileName(), "its bytes hash to", "upload them again");
        assertThat(unit.offered(1)).isFalse();
    }

    @Test
    void migrationPrintsProgressResultAndAdvice() {
        assertThat(run("migrate", "--to", "postgres", "--dry-run")).isZero();
        assertThat(lines())
                .containsExactly(
                        "would move 3 patches, 3.0 kB, from 'filesystem' to 'postgres'; 0 more are already there");
        assertThat(database.value("select type from patch_store")).isEqualTo("filesystem");

        assertThat(run("migrate", "--to", "postgres")).as(err.toString()).isZero();
        assertThat(lines().getFirst()).startsWith("moved 3 of 3 patches, 3.0 of 3.0 kB");
        assertThat(lines())
                .anyMatch(line -> line.startsWith("moved 3 patches, 3.0 kB, from 'filesystem' to 'postgres' in "))
                .anyMatch(line -> line.contains("set patch-storage.type to 'postgres'"));
        unit.api.catalog().refresh();
        assertThat(unit.stores.activeType().text()).isEqualTo("postgres");

        assertThat(run("migrate", "--to", "filesystem", "--format", "json")).isZero();
        assertThat(last().path("state").asString()).isEqualTo("moved");
        assertThat(run("migrate", "--to", "filesystem")).isZero();
        assertThat(lines()).containsExactly("patches are served from 'filesystem' already, there is nothing to do");
    }

    @Test
    void migrationNamesTheUnitsThatLag() {
        environment.put("LP_SERVER_CHANGE_WAIT", "2s");
        database.jdbi().useHandle(handle -> {
            handle.execute("insert into unit_processes values (gen_random_uuid(), 'livepatch/7', 0, now())");
            handle.execute(
                    "insert into unit_processes values (gen_random_uuid(), 'livepatch/8', 0, now() - interval '1 min')");
        });

        assertThat(run("migrate", "--to", "postgres")).as("it is done").isZero();
        assertThat(err.toString()).contains("not all units have it yet: livepatch/7, livepatch/8 (not heard of since ");

        assertThat(run("migrate", "--to", "filesystem", "--format", "json")).isZero();
        assertThat(last().path("seen-by").path("lagging").toString()).isEqualTo("[\"livepatch/7\",\"livepatch/8\"]");

        database.jdbi().useHandle(handle -> handle.execute("delete from unit_processes where revision = 0"));
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "insert into unit_processes values (gen_random_uuid(), 'livepatch/9', 1000000, now())"));
        assertThat(run("migrate", "--to", "postgres")).as(err.toString()).isZero();
        assertThat(err.toString()).isEmpty();
        assertThat(lines()).contains("all 2 units that report have it");
    }

    @Test
    void obstaclesAreOnStandardErrorWithExitCodeOne() {
        assertThat(run("migrate", "--to", "s3")).isEqualTo(1);
        assertThat(err.toString()).contains("nobody said where the bucket is");
        assertThat(lines()).containsExactly("nothing was moved");

        unit.two.damage(FILESYSTEM, Unit.name(1).fileName());
        assertThat(run("migrate", "--to", "postgres")).isEqualTo(1);
        assertThat(lines().getLast()).startsWith("copied 2 of 3 patches to 'postgres'; they are still served");
        assertThat(err.toString()).containsOnlyOnce(Unit.name(1).fileName()).contains("upload it again");
        assertThat(database.value("select type from patch_store")).isEqualTo("filesystem");
    }

    @Test
    void wrongUsageHasItsOwnExitCode() {
        assertThat(run("migrate", "--to", "nfs")).isEqualTo(2);
        assertThat(err.toString()).contains("'nfs' is no type of store; the types are filesystem, postgres, s3");
        assertThat(run("migrate")).isEqualTo(2);
        assertThat(run()).isEqualTo(2);

        environment.put("LP_SERVER_DRAIN", "soon");
        assertThat(run("status")).isEqualTo(1);
        assertThat(err.toString()).contains("server.drain");
    }

    @Test
    void outdatedSchemaNamesTheSchemaTool() {
        environment.put("LP_DATABASE_CONNECTION_STRING", PostgresServer.shared().newDatabase());

        assertThat(run("status")).isEqualTo(1);
        assertThat(err.toString()).contains("livepatch-schema-tool upgrade");
    }
}
