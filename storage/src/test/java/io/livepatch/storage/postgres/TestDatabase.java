package io.livepatch.storage.postgres;

import io.livepatch.testing.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;

/** A database of a test's own, and what may go wrong in it. */
record TestDatabase(PostgresServer server, String dsn) {
    private static final String HELD = "7235401";

    static TestDatabase on(PostgresServer server) {
        return new TestDatabase(server, server.newDatabase());
    }

    PostgresPlace place(Path spool) {
        return PostgresPlace.of(dsn, spool, 10, Duration.ofMinutes(1));
    }

    /** One that soon takes the database for away. */
    PostgresPlace impatient(Path spool) {
        return PostgresPlace.of(dsn, spool, 10, Duration.ofMillis(500));
    }

    String name() {
        return dsn.substring(dsn.lastIndexOf('/') + 1);
    }

    String psql(String sql) {
        return server.psql(name(), sql);
    }

    /** Makes whoever does this to the table run a piece of PL/pgSQL first. */
    void when(String event, String table, String statements) {
        psql("create function interfere() returns trigger language plpgsql as $$ begin " + statements
                + " return new; end $$; create " + event + " on " + table
                + " for each row execute function interfere()");
    }

    void leaveAlone() {
        psql("drop function interfere() cascade");
    }

    /** In {@link #when}: waits until the {@link Hold} is released. */
    static String waitForRelease() {
        return "perform pg_advisory_xact_lock_shared(" + HELD + ");";
    }

    Hold hold() {
        return Hold.take(this, "select pg_advisory_lock(" + HELD + ")", "objid = " + HELD);
    }

    /** Whoever reads chunks waits. */
    Hold holdChunks() {
        return Hold.take(this, "begin; lock table stored_patch_chunks", "relation = 'stored_patch_chunks'::regclass");
    }
}
