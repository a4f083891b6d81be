package io.livepatch.server.placement;

import io.livepatch.server.database.CatalogLock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.CreateSqlObject;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;
import org.jspecify.annotations.Nullable;

/** Table {@code patch_copies}: which patch of the catalog is in which store, when it was verified there, and whether it is damaged. */
public interface CopyDao extends CatalogLock, Transactional<CopyDao> {
    String COLUMNS = "select p.patch_id, p.filename, encode(p.sha256, 'hex') as sha256, p.size from patches p ";

    /** A damaged copy in a store, and when it was checked last. */
    record DamagedCopy(String filename, String reason, Instant seenAt) {}

    /** Sums over patches. */
    record Sum(long patches, long bytes) {}

    /** Sums over the whole copies in a store. */
    record StoreSum(String type, long patches, long bytes) {}

    /** The number of copies that were ever verified, and the oldest verification. */
    record Verified(long patches, Optional<Instant> oldest) {}

    /** The table of the active store; for use in a transaction of this object. */
    @CreateSqlObject
    StoreDao stores();

    @SqlQuery(COLUMNS + "where p.filename = :filename")
    @RegisterConstructorMapper(CatalogPatch.class)
    Optional<CatalogPatch> findPatch(String filename);

    /** Patches of the catalog whose file name follows this one, by file name. */
    @SqlQuery(COLUMNS + "where p.filename > :after order by p.filename limit :limit")
    @RegisterConstructorMapper(CatalogPatch.class)
    List<CatalogPatch> patchesAfter(String after, int limit);

    @SqlQuery("select exists (select from patches where patch_id = :patchId)")
    boolean isInCatalog(long patchId);

    @SqlQuery("select count(*) as patches, coalesce(sum(size), 0) as bytes from patches")
    @RegisterConstructorMapper(Sum.class)
    Sum sum();

    @SqlQuery("select count(*) as patches, coalesce(sum(size), 0) as bytes from patches where filename <= :upTo")
    @RegisterConstructorMapper(Sum.class)
    Sum sumUpTo(String upTo);

    /** Patches whose copy was not verified within so many seconds of the database's clock, longest ago first. */
    @SqlQuery(COLUMNS + """
            left join patch_copies c on c.patch_id = p.patch_id and c.store = :store
            where c.verified_at is null or c.verified_at < now() - make_interval(secs => :seconds)
              or c.verified_at > clock_timestamp()
            order by c.verified_at nulls first, p.patch_id limit :limit
            """)
    @RegisterConstructorMapper(CatalogPatch.class)
    List<CatalogPatch> due(String store, double seconds, int limit);

    @SqlQuery("""
            select not exists (
              select from patch_copies where patch_id = :patchId and store = :store
              and verified_at between clock_timestamp() - make_interval(secs => :seconds) and clock_timestamp())
            """)
    boolean isDue(long patchId, String store, double seconds);

    /**
     * Tries to take the lock for scrubbing a patch, until the transaction ends; false if another process has it. It is not the lock of
     * the patch's name: uploads must not wait for a scrub, which reads slowly.
     */
    @SqlQuery("select pg_try_advisory_xact_lock(hashtextextended('scrub', :patchId))")
    boolean tryLockForScrub(long patchId);

    @SqlQuery(COLUMNS + """
            join patch_copies c on c.patch_id = p.patch_id and c.store = :store
            where c.rotten is not null order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(CatalogPatch.class)
    List<CatalogPatch> damagedPatches(String store, int limit);

    @SqlQuery("""
            select p.filename, c.rotten as reason, c.verified_at as seen_at
            from patch_copies c join patches p using (patch_id)
            where c.store = :store and c.rotten is not null order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(DamagedCopy.class)
    List<DamagedCopy> damagedCopies(String store, int limit);

    @SqlQuery("select rotten from patch_copies where patch_id = :patchId and store = :store")
    Optional<String> damageReason(long patchId, String store);

    /** Notifies every unit, so that each checks its own copy of a patch. Returns 1. */
    @SqlQuery("select count(pg_notify('livepatch_suspects', :filename))")
    int notifySuspect(String filename);

    /**
     * Records that a patch which is not marked as damaged is whole. Returns 0 if it is marked, so that the caller has to {@link #mark} it
     * anew, or if the patch is gone or the store no longer active. Needs no lock, since the catalog's answers stay the same.
     */
    @SqlUpdate("""
            insert into patch_copies (patch_id, store, verified_at)
            select patch_id, :store, now() from patches
            where patch_id = :patchId and not exists (select from patch_store where type <> :store)
            for key share of patches
            on conflict (patch_id, store) do update set verified_at = excluded.verified_at
            where patch_copies.rotten is null
            """)
    int recordWhole(long patchId, String store);

    /** Records the result of a check; null for a whole copy. The caller holds the catalog's lock, which the trigger takes as well. */
    @SqlUpdate("""
            insert into patch_copies (patch_id, store, verified_at, rotten)
            select patch_id, :store, now(), :rotten from patches where patch_id = :patchId
            on conflict (patch_id, store) do update set verified_at = excluded.verified_at, rotten = excluded.rotten
            """)
    int mark(long patchId, String store, @Nullable String rotten);

    /** Records a copy that a migration made. Returns 0 if the patch is no longer in the catalog. */
    @SqlUpdate("""
            insert into patch_copies (patch_id, store, verified_at)
            select patch_id, :store, now() from patches where patch_id = :patchId
            for key share
            on conflict (patch_id, store) do update set verified_at = excluded.verified_at
            """)
    int recordCopy(long patchId, String store);

    /** Patches without a whole copy in this store, by file name. */
    @SqlQuery(COLUMNS + """
            where p.filename > :after and not exists (
              select from patch_copies c where c.patch_id = p.patch_id and c.store = :store and c.rotten is null)
            order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(CatalogPatch.class)
    List<CatalogPatch> uncopied(String store, String after, int limit);

    /** Patches with a whole copy in this store, as far as the database knows. */
    @SqlQuery(COLUMNS + "join patch_copies c using (patch_id) where c.store = :store and c.rotten is null")
    @RegisterConstructorMapper(CatalogPatch.class)
    List<CatalogPatch> copied(String store);

    @SqlQuery("""
            select count(*) as patches, coalesce(sum(p.size), 0) as bytes
            from patches p join patch_copies c using (patch_id) where c.store = :store and c.rotten is null
            """)
    @RegisterConstructorMapper(Sum.class)
    Sum sumCopied(String store);

    @SqlQuery("""
            select c.store as type, count(*) as patches, sum(p.size) as bytes
            from patch_copies c join patches p using (patch_id)
            where c.store <> :store and c.rotten is null group by c.store order by c.store
            """)
    @RegisterConstructorMapper(StoreSum.class)
    List<StoreSum> sumsInOtherStores(String store);

    @SqlQuery("select count(*) as patches, min(verified_at) as oldest from patch_copies where store = :store")
    @RegisterConstructorMapper(Verified.class)
    Verified verified(String store);

    /** The stores that hold a copy of a patch. */
    @SqlQuery("select c.store from patch_copies c join patches p using (patch_id) where p.filename = :filename")
    List<String> storesOf(String filename);

    @SqlUpdate("delete from patch_copies where store = :store and patch_id = any(:patchIds)")
    int forget(String store, long[] patchIds);

    @SqlUpdate("delete from patch_copies where store = :store and rotten is not null")
    int forgetDamaged(String store);

    @SqlUpdate("delete from patch_copies where store = :store")
    int forgetAll(String store);
}
