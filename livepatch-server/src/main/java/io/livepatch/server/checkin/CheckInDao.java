package io.livepatch.server.checkin;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.HotQuery;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
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
                     r.uptime, r.patch_version, r.patch_state, now() - r.age * interval '1 microsecond' as seen_at, r.number
              from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[],
                          ?::text[], ?::bigint[])
                   with ordinality as r (machine_id, token_hash, kernel, architecture, client_version, cpu_model,
                                         boot_time, uptime, patch_version, patch_state, age, number)
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
                seen_at = excluded.seen_at,
                boot_reversals = case
                  when excluded.boot_time >= old.boot_time - interval '10 seconds' is not false then old.boot_reversals
                  when old.boot_reversed_at > now() - interval '7 days' then old.boot_reversals + 1
                  else 1 end,
                boot_reversed_at = case
                  when excluded.boot_time >= old.boot_time - interval '10 seconds' is not false then old.boot_reversed_at
                  else excluded.seen_at end
              where excluded.seen_at >= old.seen_at or old.seen_at > clock_timestamp()
              returning machine_id, case when boot_reversed_at = seen_at then boot_reversals else 0 end as reversals
            )
            select number, null from reported
            union all
            select -reversals, machine_id from written where reversals > 1
            """;

    /** Reports of different tokens, one list a column. Boot times are text, which PostgreSQL reads to the microsecond. */
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
            List<Long> received) {}

    /**
     * The result of a statement.
     *
     * @param numbers of the reports (from 1) whose token is their machine's
     * @param duplicates machines whose boot time went back for the second or a further time within 7 days
     */
    record Written(List<Integer> numbers, List<Duplicate> duplicates) {}

    /** A machine whose id two machines use, as far as boot times tell. */
    record Duplicate(String machineId, int reversals) {}

    /**
     * Writes reports whose token is their machine's, as of this statement.
     *
     * <p>A report's time is that of the statement, by the database's clock, less its age, which the unit measures without a clock
     * when it sends the statement: how two reports of one machine are ordered does not depend on the clocks of the units they reached.
     * A stored time that is still to come (the clock that it is from was set back) gives way to every report.
     *
     * <p>Lock order: rows of {@code machine_reports} by machine id, in every unit, so two batches can wait for each other in one
     * direction only, and no locks need be taken beforehand. Who leaves holds one machine and at most that machine's
     * report. A report that is older than the stored one (it was late, and its machine reported to another unit) is answered, too.
     */
    Written write(Columns columns, Guard guard);

    /** On this database. */
    static CheckInDao on(Database database) {
        HotQuery<Columns, Line> unguarded = statement(database, Guard.NONE);
        HotQuery<Columns, Line> guarded = statement(database, Guard.LOCK);
        return (columns, guard) -> written(
                switch (guard) {
                    case NONE -> unguarded.run(columns);
                    case LOCK -> guarded.run(columns);
                });
    }

    /** A row of the answer: the number of a report, or a duplicate and, below 0, how often its boot time went back. */
    record Line(int number, @Nullable String machineId) {}

    private static HotQuery<Columns, Line> statement(Database database, Guard guard) {
        return database.hot(SQL.formatted(guard.clause), CheckInDao::set, CheckInDao::line);
    }

    private static Line line(ResultSet row) throws SQLException {
        int number = row.getInt(1);
        return new Line(number, number > 0 ? null : row.getString(2));
    }

    private static Written written(List<Line> lines) {
        List<Integer> numbers = new ArrayList<>(lines.size());
        List<Duplicate> duplicates = new ArrayList<>();
        for (Line line : lines) {
            if (line.machineId == null) {
                numbers.add(line.number);
            } else {
                duplicates.add(new Duplicate(line.machineId, -line.number));
            }
        }
        return new Written(numbers, duplicates);
    }

    private static void set(PreparedStatement statement, Columns columns) throws SQLException {
        set(statement, 1, columns.machineIds());
        set(statement, 2, columns.tokenHashes());
        set(statement, 3, columns.kernels());
        set(statement, 4, columns.architectures());
        set(statement, 5, columns.clientVersions());
        set(statement, 6, columns.cpuModels());
        set(statement, 7, columns.bootTimes());
        setNumbers(statement, 8, columns.uptimes());
        set(statement, 9, columns.patchVersions());
        set(statement, 10, columns.patchStates());
        setNumbers(statement, 11, ages(columns.received()));
    }

    /** In microseconds, at the moment when the statement is sent. */
    private static List<Long> ages(List<Long> received) {
        long now = System.nanoTime();
        List<Long> ages = new ArrayList<>(received.size());
        received.forEach(time -> ages.add((now - time) / 1000));
        return ages;
    }

    private static void setNumbers(PreparedStatement statement, int index, List<? extends @Nullable Long> column)
            throws SQLException {
        statement.setArray(
                index, statement.getConnection().createArrayOf("bigint", column.toArray(new @Nullable Long[0])));
    }

    private static void set(PreparedStatement statement, int index, List<? extends @Nullable String> column)
            throws SQLException {
        // As an array of text and not of objects: those would go as one literal that PostgreSQL takes apart.
        statement.setArray(
                index, statement.getConnection().createArrayOf("text", column.toArray(new @Nullable String[0])));
    }
}
