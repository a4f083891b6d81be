package io.livepatch.server.auth;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/** Table {@code auth_tokens}. */
interface AuthTokenDao {

    /** An auth token without the token. */
    record Row(
            String id,
            String tier,
            Instant createdAt,
            @Nullable Instant revokedAt,
            boolean sharedImages,
            long machines) {}

    /** Answers 0 if the label is taken or there is no such tier; the tier cannot go away before this is committed. */
    @SqlUpdate("""
            insert into auth_tokens (label, token_hash, tier_id, shared_images, created_at)
            select :label, :tokenHash, tier_id, :sharedImages, now() from tiers where name = :tier for key share
            on conflict (label) do nothing
            """)
    int insert(String label, byte[] tokenHash, String tier, boolean sharedImages);

    @SqlQuery("select exists (select from tiers where name = :tier)")
    boolean tierExists(String tier);

    @SqlQuery("""
            select a.label as id, t.name as tier, a.created_at, a.revoked_at, a.shared_images,
                   (select count(*) from machines m where m.auth_token_id = a.auth_token_id) as machines
            from auth_tokens a join tiers t using (tier_id)
            where a.label > :after order by a.label limit :limit
            """)
    @RegisterConstructorMapper(Row.class)
    List<Row> list(String after, int limit);

    /** How many machines are enrolled with it. */
    @SqlQuery("select count(*) from machines m join auth_tokens a using (auth_token_id) where a.label = :label")
    long machines(String label);

    @SqlQuery("select exists (select from machines m join auth_tokens a using (auth_token_id) where a.label = :label)")
    boolean hasMachines(String label);

    /** Answers 0 if there is none of that label; keeps the time of the first revocation. */
    @SqlUpdate("update auth_tokens set revoked_at = coalesce(revoked_at, now()) where label = :label")
    int revoke(String label);

    /**
     * Removes at most {@code most} machines that enrolled with a token, and their reports. Locks reports by machine id, in the order in
     * which check-ins lock them, so that the two cannot deadlock.
     */
    @SqlUpdate("""
            with chosen as materialized (
              select m.machine_id from machines m join auth_tokens a using (auth_token_id)
              where a.label = :label order by m.machine_id limit :most
            ), reports as materialized (
              select r.machine_id from machine_reports r where r.machine_id in (select machine_id from chosen)
              order by r.machine_id for update
            ), locked as (
              select count(*) as reports from reports
            )
            delete from machines m using locked, auth_tokens a
            where locked.reports >= 0 and a.label = :label and a.auth_token_id = m.auth_token_id
              and m.machine_id in (select machine_id from chosen)
            """)
    int removeMachines(String label, int most);
}
