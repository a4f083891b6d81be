package io.livepatch.server.checkin;

import io.livepatch.server.checkin.CheckInQueue.PendingCheckIn;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.HotQuery;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Table {@code machine_reports}. */
interface CheckInDao {
    /** The protection of a batch against machines that are removed concurrently. */
    enum Guard {
        /** A removed machine may fail the statement with a violation of the foreign key. */
        NONE(""),

        /** The statement locks the machines' rows. Costs one more write a row, so only a second attempt uses it. */
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

    /**
     * The result of a statement.
     *
     * @param numbers of the check-ins, from 1, whose token is their machine's
     * @param duplicates machines whose boot time went back at least twice within 7 days
     */
    record Written(List<Integer> numbers, List<Duplicate> duplicates) {}

    /** A machine id that two machines seem to use, by their boot times. */
    record Duplicate(String machineId, int reversals) {}

    /**
     * Writes the reports whose token is their machine's as of this statement.
     *
     * <p>The time of a report is the database's time of the statement less the age of the report, which the unit measures with
     * {@link System#nanoTime}: so the order of two reports of one machine does not depend on the clocks of the units that received them. A
     * stored time in the future (the database's clock was set back) is overwritten by every report.
     *
     * <p>Lock order: rows of {@code machine_reports} by machine id, in every unit, so batches cannot deadlock. A removal locks one machine
     * and at most that machine's report. A report that is older than the stored one (it was delayed, and its machine reported to another
     * unit meanwhile) counts as written.
     *
     * @param checkIns with distinct tokens
     */
    Written write(List<PendingCheckIn> checkIns, Guard guard);

    static CheckInDao on(Database database) {
        HotQuery<List<PendingCheckIn>, Line> unguarded = statement(database, Guard.NONE);
        HotQuery<List<PendingCheckIn>, Line> guarded = statement(database, Guard.LOCK);
        return (checkIns, guard) -> written(
                switch (guard) {
                    case NONE -> unguarded.run(checkIns);
                    case LOCK -> guarded.run(checkIns);
                });
    }

    /** A row of the result: the number of a check-in; or a duplicate and its negated count of reversals. */
    record Line(int number, @Nullable String machineId) {}

    private static HotQuery<List<PendingCheckIn>, Line> statement(Database database, Guard guard) {
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

    private static void set(PreparedStatement statement, List<PendingCheckIn> rows) throws SQLException {
        setText(statement, 1, rows, row -> row.machine().id().text());
        setText(statement, 2, rows, row -> row.machine().token().hex());
        setText(statement, 3, rows, row -> row.report().kernel().text());
        setText(statement, 4, rows, row -> row.report().architecture().name());
        setText(statement, 5, rows, row -> row.report().clientVersion());
        setText(statement, 6, rows, row -> row.report().cpuModel());
        // PostgreSQL parses the text to the microsecond.
        setText(statement, 7, rows, row -> text(row.report().bootTime()));
        setNumbers(statement, 8, rows, row -> row.report().uptime());
        setText(statement, 9, rows, row -> text(row.report().patchVersion()));
        setText(statement, 10, rows, row -> text(row.report().patchState()));
        long now = System.nanoTime();
        setNumbers(statement, 11, rows, row -> (now - row.received()) / 1000);
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private static void setNumbers(
            PreparedStatement statement,
            int index,
            List<PendingCheckIn> rows,
            Function<PendingCheckIn, @Nullable Long> value)
            throws SQLException {
        @Nullable Long[] column = new @Nullable Long[rows.size()];
        Arrays.setAll(column, row -> value.apply(rows.get(row)));
        statement.setArray(index, statement.getConnection().createArrayOf("bigint", column));
    }

    /** A text array: the driver sends an array of another type as a literal that PostgreSQL has to parse. */
    private static void setText(
            PreparedStatement statement,
            int index,
            List<PendingCheckIn> rows,
            Function<PendingCheckIn, @Nullable String> value)
            throws SQLException {
        @Nullable String[] column = new @Nullable String[rows.size()];
        Arrays.setAll(column, row -> value.apply(rows.get(row)));
        statement.setArray(index, statement.getConnection().createArrayOf("text", column));
    }
}
