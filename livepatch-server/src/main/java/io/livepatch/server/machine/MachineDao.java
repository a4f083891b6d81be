package io.livepatch.server.machine;

import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/** Table {@code machines}, with what other tables hold about a machine. */
interface MachineDao {

    /**
     * The auth token with which an enrolment failed.
     *
     * @param id its own
     * @param owner the id of the auth token that the machine is enrolled with; null if the machine is not enrolled
     */
    record Enroller(String id, boolean revoked, @Nullable String owner) {}

    /** Empty if there is no such auth token. */
    @SqlQuery("""
            select a.label as id, a.revoked_at is not null as revoked, o.label as owner
            from auth_tokens a
              left join machines m on m.machine_id = :machineId
              left join auth_tokens o on o.auth_token_id = m.auth_token_id
            where a.token_hash = :tokenHash
            """)
    @RegisterConstructorMapper(Enroller.class)
    Optional<Enroller> enroller(byte[] tokenHash, String machineId);

    /** Answers 0 if the machine is gone already or has another token by now. */
    @SqlUpdate("delete from machines where machine_id = :machineId and token_hash = :tokenHash")
    int delete(String machineId, byte[] tokenHash);

    /** A machine and its last report. */
    record InfoRow(
            String tier,
            Instant enrolledAt,
            @Nullable Instant seenAt,
            String kernel,
            String architecture,
            @Nullable String patchVersion,
            @Nullable String patchState) {}

    @SqlQuery("""
            select t.name as tier, m.enrolled_at, r.seen_at, coalesce(r.kernel, m.kernel) as kernel,
                   coalesce(r.architecture, m.architecture) as architecture, r.patch_version, r.patch_state
            from machines m join tiers t using (tier_id) left join machine_reports r using (machine_id)
            where m.machine_id = :machineId and m.token_hash = :tokenHash
            """)
    @RegisterConstructorMapper(InfoRow.class)
    Optional<InfoRow> info(String machineId, byte[] tokenHash);
}
