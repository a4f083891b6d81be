package io.livepatch.server.patch;

import io.livepatch.server.database.CatalogLock;
import io.livepatch.server.placement.CopyDao;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.CreateSqlObject;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;
import org.jspecify.annotations.Nullable;

/** Tables {@code patches} and {@code tier_patches}. All times are from the database's clock, since all units show them. */
interface PatchDao extends CatalogLock, Transactional<PatchDao> {
    String COLUMNS = """
            select p.filename, p.kernel, p.architecture, p.version, encode(p.sha256, 'hex') as sha256, p.size,
                   array(select t.name from tier_patches tp join tiers t using (tier_id)
                         where tp.patch_id = p.patch_id order by t.position) as tiers,
                   p.blocked_at, p.block_reason, p.added_at
            from patches p
            """;

    /** A row with its tiers. */
    record Row(
            String filename,
            String kernel,
            String architecture,
            String version,
            String sha256,
            long size,
            List<String> tiers,
            @Nullable Instant blockedAt,
            @Nullable String blockReason,
            Instant addedAt) {}

    /** Selects patches; null matches all. */
    record Filter(
            @Nullable String kernel,
            @Nullable String architecture,
            @Nullable String version,
            @Nullable String tier) {}

    /** The number of patches that were added to a tier, or removed. */
    record TierCount(String name, long patches) {}

    @SqlQuery(COLUMNS + """
            where p.filename > :after
              and (:kernel::text is null or p.kernel = :kernel)
              and (:architecture::text is null or p.architecture = :architecture)
              and (:version::text is null or p.version = :version)
              and (:tier::text is null or exists (
                    select from tier_patches tp join tiers t using (tier_id)
                    where tp.patch_id = p.patch_id and t.name = :tier))
            order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(Row.class)
    List<Row> list(@BindMethods Filter filter, String after, int limit);

    @SqlQuery(COLUMNS + "where p.filename = :filename")
    @RegisterConstructorMapper(Row.class)
    Optional<Row> find(String filename);

    /** Returns 0 if there is a patch of that name. */
    @SqlUpdate("""
            insert into patches (filename, kernel, architecture, version, sha256, size, added_at)
            values (:filename, :kernel, :architecture, :version, :sha256, :size, now())
            on conflict (filename) do nothing
            """)
    int insert(String filename, String kernel, String architecture, String version, byte[] sha256, long size);

    @SqlUpdate("""
            insert into tier_patches (tier_id, patch_id, promoted_at)
            select (select tier_id from tiers order by position limit 1), patch_id, now()
            from patches where filename = :filename
            on conflict do nothing
            """)
    void addToFirstTier(String filename);

    /** The tables of stores and copies; for use in a transaction of this object. */
    @CreateSqlObject
    CopyDao copies();

    @SqlUpdate("delete from patches where filename = :filename")
    int delete(String filename);

    @SqlQuery("select count(*) from patches where version = :version")
    int countVersion(String version);

    @SqlUpdate("""
            insert into tier_patches (tier_id, patch_id, promoted_at)
            select t.tier_id, p.patch_id, now() from tiers t, patches p where t.name = :tier and p.version = :version
            on conflict do nothing
            """)
    int promote(String version, String tier);

    @SqlQuery("select position from tiers where name = :name")
    Optional<Integer> position(String name);

    /** Removes the patches that {@code from} does not hold from every tier after it, up to {@code to}. */
    @SqlQuery("""
            with source as (
              select tp.patch_id from tier_patches tp join tiers t using (tier_id) where t.position = :from
            ), gone as (
              delete from tier_patches tp using tiers t
              where t.tier_id = tp.tier_id and t.position > :from and t.position <= :to
                and tp.patch_id not in (select patch_id from source)
              returning tp.tier_id
            )
            select t.name, (select count(*) from gone g where g.tier_id = t.tier_id) as patches
            from tiers t where t.position > :from and t.position <= :to order by t.position
            """)
    @RegisterConstructorMapper(TierCount.class)
    List<TierCount> removeOthers(int from, int to);

    /** Adds the patches of {@code from} to every tier after it, up to {@code to}. */
    @SqlQuery("""
            with added as (
              insert into tier_patches (tier_id, patch_id, promoted_at)
              select t.tier_id, tp.patch_id, now()
              from tiers t, tier_patches tp join tiers f on f.tier_id = tp.tier_id
              where f.position = :from and t.position > :from and t.position <= :to
              on conflict do nothing
              returning tier_id
            )
            select t.name, (select count(*) from added a where a.tier_id = t.tier_id) as patches
            from tiers t where t.position > :from and t.position <= :to order by t.position
            """)
    @RegisterConstructorMapper(TierCount.class)
    List<TierCount> addAll(int from, int to);

    /** Blocks every patch that matches; a blocked one keeps its time and gets the new reason. */
    @SqlUpdate("""
            update patches set blocked_at = coalesce(blocked_at, now()), block_reason = :reason
            where filename = :filename or version = :version
            """)
    int block(@Nullable String filename, @Nullable String version, String reason);

    @SqlUpdate("""
            update patches set blocked_at = null, block_reason = null
            where filename = :filename or version = :version
            """)
    int unblock(@Nullable String filename, @Nullable String version);
}
