package io.livepatch.server.moving;

import io.livepatch.server.care.Listed;
import io.livepatch.server.catalog.CatalogLock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;
import org.jspecify.annotations.Nullable;

/** Tables {@code patch_store} and {@code patch_copies}, as a migration sees them. */
interface MoveDao extends CatalogLock, Transactional<MoveDao> {
    /** A patch that is at the target, as far as the database knows. */
    record Copied(long patchId, String filename, long size) {}

    /** Sums over patches. */
    record Sum(long patches, long bytes) {}

    /** Answers false if another migration has it. Held until the transaction ends, or its connection does. */
    @SqlQuery("select pg_try_advisory_xact_lock(hashtextextended('livepatch migration', 0))")
    boolean tryLock();

    @SqlQuery("select type from patch_store")
    Optional<String> inEffect();

    @SqlQuery("select count(*) as patches, coalesce(sum(size), 0) as bytes from patches")
    @RegisterConstructorMapper(Sum.class)
    Sum all();

    @SqlQuery("""
            select count(*) as patches, coalesce(sum(p.size), 0) as bytes
            from patches p join patch_copies c using (patch_id) where c.store = :store and c.rotten is null
            """)
    @RegisterConstructorMapper(Sum.class)
    Sum copied(String store);

    @SqlQuery("""
            select p.patch_id, p.filename, p.size
            from patches p join patch_copies c using (patch_id) where c.store = :store and c.rotten is null
            """)
    @RegisterConstructorMapper(Copied.class)
    List<Copied> copies(String store);

    /** Those that are not at the target yet. */
    @SqlQuery("""
            select p.patch_id, p.filename, encode(p.sha256, 'hex') as sha256, p.size from patches p
            where p.filename > :after and not exists (
              select from patch_copies c where c.patch_id = p.patch_id and c.store = :store and c.rotten is null)
            order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(Listed.class)
    List<Listed> uncopied(String store, String after, int limit);

    @SqlQuery("select filename from patches p join patch_copies c using (patch_id)"
            + " where c.store = :store and c.rotten is not null order by filename limit :limit")
    List<String> damaged(String store, int limit);

    /** Answers 0 if the patch has left the catalog. */
    @SqlUpdate("""
            insert into patch_copies (patch_id, store, verified_at)
            select patch_id, :store, now() from patches where patch_id = :patchId
            for key share
            on conflict (patch_id, store) do update set verified_at = excluded.verified_at
            """)
    int copied(long patchId, String store);

    @SqlUpdate("delete from patch_copies where store = :store and patch_id = any(:patchIds)")
    int forget(String store, long[] patchIds);

    @SqlUpdate("delete from patch_copies where store = :store and rotten is not null")
    int forgetDamaged(String store);

    @SqlUpdate("delete from patch_copies where store = :store")
    int forgetAll(String store);

    @SqlQuery("select exists (select from patches where patch_id = :patchId)")
    boolean known(long patchId);

    /** Serves patches from there from now on. */
    @SqlUpdate("""
            insert into patch_store (type, unit, moved_from, since) values (:to, :unit, :from, now())
            on conflict (singleton) do update
            set type = excluded.type, unit = excluded.unit, moved_from = excluded.moved_from, since = excluded.since
            """)
    void switchTo(String to, @Nullable String unit, String from);
}
