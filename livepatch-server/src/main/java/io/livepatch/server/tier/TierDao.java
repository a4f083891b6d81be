package io.livepatch.server.tier;

import io.livepatch.server.database.CatalogLock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;

/** Table {@code tiers}. The constraint that positions are unique is deferred to the end of the transaction, so that they can be shifted. */
interface TierDao extends CatalogLock, Transactional<TierDao> {

    /** The references to a tier. */
    record Usage(long machines, long tokens) {}

    @SqlQuery("""
            select t.name, t.position,
                   (select count(*) from tier_patches tp where tp.tier_id = t.tier_id) as patches,
                   (select count(*) from machines m where m.tier_id = t.tier_id) as machines
            from tiers t order by t.position
            """)
    @RegisterConstructorMapper(Tier.class)
    List<Tier> list();

    @SqlQuery("select count(*) from tiers")
    int count();

    /** Locks the tier's row, so that no machine or token is added to the tier until the transaction ends. */
    @SqlQuery("select position from tiers where name = :name for update")
    Optional<Integer> lockPosition(String name);

    @SqlUpdate("update tiers set position = position + :by where position >= :from")
    void shift(int from, int by);

    @SqlUpdate("insert into tiers (name, position) values (:name, :position)")
    void insert(String name, int position);

    @SqlQuery("""
            select (select count(*) from machines m where m.tier_id = t.tier_id) as machines,
                   (select count(*) from auth_tokens a where a.tier_id = t.tier_id) as tokens
            from tiers t where t.name = :name
            """)
    @RegisterConstructorMapper(Usage.class)
    Usage usage(String name);

    @SqlUpdate("""
            delete from auth_tokens a using tiers t
            where a.tier_id = t.tier_id and t.name = :name and a.revoked_at is not null
              and not exists (select from machines m where m.auth_token_id = a.auth_token_id)
            """)
    void deleteRevokedTokens(String name);

    @SqlUpdate("delete from tiers where name = :name")
    void delete(String name);

    @SqlUpdate("""
            update tiers set position = case
                when position = :from then :to
                when :from < :to then position - 1
                else position + 1 end
            where position between least(:from, :to) and greatest(:from, :to)
            """)
    void move(int from, int to);
}
