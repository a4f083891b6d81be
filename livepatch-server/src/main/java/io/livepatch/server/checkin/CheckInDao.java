package io.livepatch.server.checkin;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.HotQuery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Table {@code machine_reports}. */
interface CheckInDao {
    /** How a batch guards itself against machines that leave at the same time. */
    enum Guard {
        /** Such a machine may fail the statement as a breach of the foreign key. */
        NONE(""),

        /** Who leaves waits, or is waited for; costs one more write a row, so it is for the attempt after one that failed. */
        LOCK("for key share of m");

        private final String clause;

        Guard(String clause) {
            this.clause = clause;
        }
    }

    String SQL = """
            with reported as materialized (
              select m.machine_id, r.kernel, r.architecture, r.client_version, r.cpu_model, r.boot_time::timestamptz,
                     r.uptime, r.patch_version, r.patch_state, r.seen_at::timestamptz, r.number
              from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[],
                          ?::text[], ?::text[])
                   with ordinality as r (machine_id, token_hash, kernel, architecture, client_version, cpu_model,
                                         boot_time, uptime, patch_version, patch_state, seen_at, number)
              join machines m on m.machine_id = r.machine_id and m.token_hash = decode(r.token_hash, 'hex')
              %s
            ), written as (
              insert into machine_reports as old
                (machine_id, kernel, architecture, client_version, cpu_model, boot_time, uptime, patch_version, patch_state,
                 seen_at)
              select machine_id, kernel, architecture, client_version, cpu_model, boot_time, uptime, patch_version,
                     patch_state, seen_at
              from reported order by machine_id
              on conflict (machine_id) do update set
                kernel = excluded.kernel,
                architecture = excluded.architecture,
                client_version = excluded.client_version,
                cpu_model = excluded.cpu_model,
                boot_time = excluded.boot_time,
                uptime = excluded.uptime,
                patch_version = excluded.patch_version,
                patch_state = excluded.patch_state,
                seen_at = excluded.seen_at
              where excluded.seen_at >= old.seen_at
            )
            select number from reported
            """;

    /** Reports of different tokens, one list a column. Times are text, which PostgreSQL reads to the microsecond. */
    record Columns(
            List<String> machineIds,
            List<String> tokenHashes,
            List<String> kernels,
            List<String> architectures,
            List<@Nullable String> clientVersions,
            List<@Nullable String> cpuModels,
            List<@Nullable String> bootTimes,
            List<@Nullable Long> uptimes,
            List<@Nullable String> patchVersions,
            List<@Nullable String> patchStates,
            List<String> seenAts) {}

    /**
     * Writes reports, and answers the numbers (from 1) of those whose token is their machine's, as of this statement.
     *
     * <p>Lock order: rows of {@code machine_reports} by machine id, in every unit, so two batches can wait for each other in one
     * direction only, and no locks need be taken beforehand. Who leaves holds one machine and at most that machine's
     * report. A report that is older than the one that is there (two units, two clocks) is answered too: newer news is durable.
     */
    List<Integer> write(Columns columns, Guard guard);

    /** On this database. */
    static CheckInDao on(Database database) {
        HotQuery<Columns, Integer> unguarded = statement(database, Guard.NONE);
        HotQuery<Columns, Integer> guarded = statement(database, Guard.LOCK);
        return (columns, guard) -> switch (guard) {
            case NONE -> unguarded.run(columns);
            case LOCK -> guarded.run(columns);
        };
    }

    private static HotQuery<Columns, Integer> statement(Database database, Guard guard) {
        return database.hot(SQL.formatted(guard.clause), CheckInDao::set, row -> row.getInt(1));
    }

    private static void set(PreparedStatement statement, Columns columns) throws SQLException {
        set(statement, 1, columns.machineIds());
        set(statement, 2, columns.tokenHashes());
        set(statement, 3, columns.kernels());
        set(statement, 4, columns.architectures());
        set(statement, 5, columns.clientVersions());
        set(statement, 6, columns.cpuModels());
        set(statement, 7, columns.bootTimes());
        Connection connection = statement.getConnection();
        statement.setArray(
                8, connection.createArrayOf("bigint", columns.uptimes().toArray(new @Nullable Long[0])));
        set(statement, 9, columns.patchVersions());
        set(statement, 10, columns.patchStates());
        set(statement, 11, columns.seenAts());
    }

    private static void set(PreparedStatement statement, int index, List<? extends @Nullable String> column)
            throws SQLException {
        // As an array of text and not of objects: those would go as one literal that PostgreSQL takes apart.
        statement.setArray(
                index, statement.getConnection().createArrayOf("text", column.toArray(new @Nullable String[0])));
    }
}
