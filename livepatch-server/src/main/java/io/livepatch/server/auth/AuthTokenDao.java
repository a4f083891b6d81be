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
            long machines) {}

    /** Answers 0 if the label is taken or there is no such tier; the tier cannot go away before this is committed. */
    @SqlUpdate("""
            insert into auth_tokens (label, token_hash, tier_id, created_at)
            select :label, :tokenHash, tier_id, :now from tiers where name = :tier for key share
            on conflict (label) do nothing
            """)
    int insert(String label, byte[] tokenHash, String tier, Instant now);

    @SqlQuery("select exists (select from tiers where name = :tier)")
    boolean tierExists(String tier);

    @SqlQuery("""
            select a.label as id, t.name as tier, a.created_at, a.revoked_at,
                   (select count(*) from machines m where m.auth_token_id = a.auth_token_id) as machines
            from auth_tokens a join tiers t using (tier_id)
            where a.label > :after order by a.label limit :limit
            """)
    @RegisterConstructorMapper(Row.class)
    List<Row> list(String after, int limit);

    /** Answers 0 if there is none of that label; keeps the time of the first revocation. */
    @SqlUpdate("update auth_tokens set revoked_at = coalesce(revoked_at, :now) where label = :label")
    int revoke(String label, Instant now);
}
