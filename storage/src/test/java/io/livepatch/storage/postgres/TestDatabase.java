package io.livepatch.storage.postgres;

import io.livepatch.testing.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;

/** A database for one test, with triggers and locks that interfere with the store. */
record TestDatabase(PostgresServer server, String dsn) {
    private static final String HELD = "7235401";

    static TestDatabase on(PostgresServer server) {
        return new TestDatabase(server, server.newDatabase());
    }

    PooledDatabase pool(Path spool) {
        return PooledDatabase.of(dsn, spool, 10, Duration.ofMinutes(1));
    }

    /** A pool with a short connection timeout. */
    PooledDatabase impatientPool(Path spool) {
        return PooledDatabase.of(dsn, spool, 10, Duration.ofMillis(500));
    }

    String name() {
        return dsn.substring(dsn.lastIndexOf('/') + 1);
    }

    String psql(String sql) {
        return server.psql(name(), sql);
    }

    /** Creates a trigger for this event on the table that runs PL/pgSQL statements. */
    void when(String event, String table, String statements) {
        psql("create function interfere() returns trigger language plpgsql as $$ begin " + statements
                + " return new; end $$; create " + event + " on " + table
                + " for each row execute function interfere()");
    }

    void removeTrigger() {
        psql("drop function interfere() cascade");
    }

    /** A statement for {@link #when} that waits until the {@link HeldLock} is released. */
    static String waitForRelease() {
        return "perform pg_advisory_xact_lock_shared(" + HELD + ");";
    }

    HeldLock hold() {
        return HeldLock.take(this, "select pg_advisory_lock(" + HELD + ")", "objid = " + HELD);
    }

    /** Blocks readers of chunks. */
    HeldLock holdChunks() {
        return HeldLock.take(
                this, "begin; lock table stored_patch_chunks", "relation = 'stored_patch_chunks'::regclass");
    }
}
