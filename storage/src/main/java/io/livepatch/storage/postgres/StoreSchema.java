package io.livepatch.storage.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The store's tables, which the first put creates. A database without them is an empty store. */
final class StoreSchema {
    static final String NAMES = "'stored_patches' and 'stored_patch_chunks'";

    // collate "C": names are ordered bytewise, whatever the collation of the database. storage external: patches are
    // bzip2 files, so PostgreSQL does not compress them again.
    private static final String CREATE = """
            create table if not exists stored_patches (
              stored_patch_id bigint generated always as identity primary key,
              filename        text collate "C" not null unique,
              sha256          bytea not null check (length(sha256) = 32),
              size            bigint not null check (size >= 0),
              chunk_size      integer not null check (chunk_size > 0),
              stored_at       timestamptz not null default now()
            );
            create table if not exists stored_patch_chunks (
              stored_patch_id bigint not null references stored_patches on delete cascade,
              number          integer not null check (number >= 0),
              bytes           bytea not null,
              primary key (stored_patch_id, number)
            );
            alter table stored_patch_chunks alter column bytes set storage external
            """;

    // Not to_regclass: its result does not change within a transaction, and the tables may be created while it waits.
    private static final String EXIST = """
            select exists (select from pg_class where relname = 'stored_patch_chunks' and pg_table_is_visible(oid))
            """;

    private StoreSchema() {}

    /** Creates the tables if they are missing, within the transaction of a put. */
    static void ensureExists(Connection connection) throws SQLException {
        if (exists(connection)) {
            // "create table if not exists" would require the CREATE privilege even if the tables exist.
            return;
        }
        // Two concurrent "create table" statements can violate a unique index of the system catalogs.
        lock(connection, "");
        if (exists(connection)) {
            // Created while this transaction waited. "alter table" again would lock the tables exclusively, and this
            // transaction could then wait for the lock on a name whose holder waits for the tables: a deadlock.
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(CREATE);
        }
    }

    private static boolean exists(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(EXIST)) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    /** Locks a name until the transaction ends. Names whose hashes collide share a lock, which only makes one of them wait. */
    static void lock(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select pg_advisory_xact_lock(hashtext('stored_patches'), hashtext(?))")) {
            statement.setString(1, name);
            statement.execute();
        }
    }
}
