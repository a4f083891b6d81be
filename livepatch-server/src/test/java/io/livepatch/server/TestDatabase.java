package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.config.Dsn;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.schema.Schema;
import io.livepatch.testing.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;

/** A new database with the schema, on a real PostgreSQL. */
public final class TestDatabase implements AutoCloseable {
    private final Dsn dsn;
    private final Database database;

    private TestDatabase(String dsn) {
        this.dsn = Dsn.parse(dsn);
        this.database = open();
    }

    /** A migrated database to copy, since a copy takes a tenth of the time of the migrations. */
    private static final class Template {
        static final AtomicInteger COPIES = new AtomicInteger();
        static final Dsn DSN = migrated(PostgresServer.shared());
    }

    private static Dsn migrated(PostgresServer server) {
        Dsn dsn = Dsn.parse(server.newDatabase());
        new Schema(dsn).upgrade();
        return dsn;
    }

    /** On the server that all tests share. */
    public static TestDatabase fresh() {
        String template = Template.DSN.database();
        String copy = template + "_" + Template.COPIES.incrementAndGet();
        PostgresServer.shared().psql("postgres", "create database " + copy + " template " + template);
        return new TestDatabase(PostgresServer.shared().dsn(copy));
    }

    public static TestDatabase on(PostgresServer server) {
        return new TestDatabase(server.dsn(migrated(server).database()));
    }

    /** A database at an earlier version of the schema. */
    public static TestDatabase atVersion(String version) {
        Dsn dsn = Dsn.parse(PostgresServer.shared().newDatabase());
        Flyway.configure()
                .dataSource(Database.unpooled(dsn))
                .locations("classpath:db/migration")
                .target(version)
                .load()
                .migrate();
        return new TestDatabase(PostgresServer.shared().dsn(dsn.database()));
    }

    /** Restores the initial contents, except sessions. */
    public void reset() {
        jdbi().useTransaction(handle -> {
            // Not truncate: its table locks would wait for catalogs that read the tables.
            handle.execute("select revision from catalog_revision for update");
            for (String table : List.of("machines", "auth_tokens", "patches", "patch_store", "tiers")) {
                handle.execute("delete from " + table);
            }
            handle.execute(
                    "insert into tiers (name, position) values ('edge', 0), ('beta', 1), ('candidate', 2), ('stable', 3)");
        });
    }

    /** Another unit's pool on the same database; the caller closes it. */
    public Database open() {
        return Database.of("livepatch", new DatabaseConfig(dsn, 8, Duration.ofMinutes(10)));
    }

    public Database database() {
        return database;
    }

    public Jdbi jdbi() {
        return database.jdbi();
    }

    public Dsn dsn() {
        return dsn;
    }

    /** Inserts the row of a patch without bytes, in these tiers. */
    public void insertPatch(String fileName, String... tiers) {
        jdbi().useTransaction(handle -> {
            handle.createUpdate("""
                            insert into patches (filename, kernel, architecture, version, sha256, size, added_at)
                            values (:filename, 'k', 'a', 'v', sha256('x'), 1, now())""").bind("filename", fileName).execute();
            for (String tier : tiers) {
                handle.createUpdate("""
                                insert into tier_patches (tier_id, patch_id, promoted_at)
                                select tier_id, patch_id, now() from tiers, patches where name = :tier and filename = :filename
                                """)
                        .bind("tier", tier)
                        .bind("filename", fileName)
                        .execute();
            }
        });
    }

    /** Starts the bus and waits until it listens and all listeners have caught up. */
    public static void startAndAwait(DatabaseEvents events) {
        CountDownLatch caughtUp = new CountDownLatch(1);
        events.onCatchUp(caughtUp::countDown);
        events.start();
        try {
            assertThat(caughtUp.await(1, TimeUnit.MINUTES)).as("first catch-up").isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The single value of a query, as text. */
    public String value(String sql) {
        return jdbi().withHandle(
                        handle -> handle.select(sql).mapTo(String.class).one());
    }

    @Override
    public void close() {
        database.close();
    }
}
