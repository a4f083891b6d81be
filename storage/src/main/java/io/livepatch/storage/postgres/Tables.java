package io.livepatch.storage.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The store's tables, made by the first put: a database that has none yet is an empty store. */
final class Tables {
    static final String NAMES = "'stored_patches' and 'stored_patch_chunks'";

    // collate "C": listed bytewise, whatever the database's language. external: it is bz2 already, so it is not
    // compressed again.
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

    // Not to_regclass: within a transaction that goes on saying no after it has said so once.
    private static final String EXIST = """
            select exists (select from pg_class where relname = 'stored_patch_chunks' and pg_table_is_visible(oid))
            """;

    private Tables() {}

    /** Within the transaction of a put. */
    static void ensure(Connection connection) throws SQLException {
        if (exist(connection)) {
            // "create … if not exists" would want the right to create nevertheless.
            return;
        }
        // Two at once would meet in the system's catalogs, and one of them fail.
        lock(connection, "");
        if (exist(connection)) {
            // Made while this waited. To alter them once more would lock them against whoever uses them by now, and has
            // the name
            // that is wanted next.
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(CREATE);
        }
    }

    private static boolean exist(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(EXIST)) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    /** Waits until nobody else has this name, and has it until the transaction ends. Two names may share a lock: no harm. */
    static void lock(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select pg_advisory_xact_lock(hashtext('stored_patches'), hashtext(?))")) {
            statement.setString(1, name);
            statement.execute();
        }
    }
}
