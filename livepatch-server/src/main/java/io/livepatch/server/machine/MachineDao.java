package io.livepatch.server.machine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/** Table {@code machines}, and what the others say about a machine. */
interface MachineDao {

    /** Whose token it is. */
    record TokenRow(String machineId, String tier, String tokenHash) {}

    /** Of a machine's tokens, those that are valid. One read for all who wait for one. */
    @SqlQuery("""
            select m.machine_id, t.name as tier, encode(m.token_hash, 'hex') as token_hash
            from machines m join tiers t using (tier_id)
            where m.token_hash = any (array(select decode(hash, 'hex') from unnest(:tokenHashes) hash))
            """)
    @RegisterConstructorMapper(TokenRow.class)
    List<TokenRow> findByTokens(List<String> tokenHashes);

    /** Who wants to enrol, and the token it gets if it is new to this auth token. Bytes are hexadecimal digits. */
    record Wish(
            String machineId,
            String authTokenHash,
            String tokenNonce,
            String tokenHash,
            String kernel,
            String architecture,
            Instant now) {}

    /** What its token is made from, now that it is enrolled. */
    record EnrolledRow(String tokenNonce, String tier) {}

    /**
     * Enrols a machine, again and again if need be: with the same auth token its nonce stays, and with it its token. Of those
     * who enrol the same machine at once, all but one wait for that one's row and then find its nonce. Answers nothing if
     * the auth token is unknown or revoked.
     */
    @SqlQuery("""
            with auth as (
              select a.auth_token_id, a.tier_id, t.name
              from auth_tokens a join tiers t using (tier_id)
              where a.token_hash = decode(:authTokenHash, 'hex') and a.revoked_at is null
            )
            insert into machines as m
              (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at)
            select :machineId, decode(:tokenHash, 'hex'), decode(:tokenNonce, 'hex'), auth_token_id, tier_id,
                   :kernel, :architecture, :now
            from auth
            on conflict (machine_id) do update set
              token_hash = case when m.auth_token_id = excluded.auth_token_id then m.token_hash else excluded.token_hash end,
              token_nonce = case when m.auth_token_id = excluded.auth_token_id then m.token_nonce else excluded.token_nonce end,
              enrolled_at = case when m.auth_token_id = excluded.auth_token_id then m.enrolled_at else excluded.enrolled_at end,
              auth_token_id = excluded.auth_token_id,
              tier_id = excluded.tier_id,
              kernel = excluded.kernel,
              architecture = excluded.architecture
            returning encode(token_nonce, 'hex') as token_nonce, (select name from auth) as tier
            """)
    @RegisterConstructorMapper(EnrolledRow.class)
    Optional<EnrolledRow> enrol(@BindMethods Wish wish);

    /** Whether there is such an auth token, revoked or not. */
    @SqlQuery("select exists (select from auth_tokens where token_hash = :tokenHash)")
    boolean authTokenExists(byte[] tokenHash);

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
