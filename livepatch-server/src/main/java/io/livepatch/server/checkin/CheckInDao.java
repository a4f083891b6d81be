package io.livepatch.server.checkin;

import java.util.List;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.customizer.Define;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jspecify.annotations.Nullable;

/** Table {@code machine_reports}. */
interface CheckInDao {
    /** A machine that leaves at the same time may fail the statement as a breach of the foreign key. */
    String NO_LOCK = "";

    /** Who leaves waits, or is waited for; costs one more write a row, so it is for the attempt after one that failed. */
    String LOCK = "for key share of m";

    /** Reports of different tokens, one array a column. Times are text, which PostgreSQL reads to the microsecond. */
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
    @SqlQuery("""
            with reported as materialized (
              select m.machine_id, r.kernel, r.architecture, r.client_version, r.cpu_model, r.boot_time::timestamptz,
                     r.uptime, r.patch_version, r.patch_state, r.seen_at::timestamptz, r.number
              from unnest(:machineIds::text[], :tokenHashes::text[], :kernels::text[], :architectures::text[],
                          :clientVersions::text[], :cpuModels::text[], :bootTimes::text[], :uptimes::bigint[],
                          :patchVersions::text[], :patchStates::text[], :seenAts::text[])
                   with ordinality as r (machine_id, token_hash, kernel, architecture, client_version, cpu_model,
                                         boot_time, uptime, patch_version, patch_state, seen_at, number)
              join machines m on m.machine_id = r.machine_id and m.token_hash = decode(r.token_hash, 'hex')
              <lock>
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
            """)
    List<Integer> write(@BindMethods Columns columns, @Define("lock") String lock);
}
