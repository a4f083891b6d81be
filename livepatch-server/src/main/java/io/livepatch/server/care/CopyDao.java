package io.livepatch.server.care;

import io.livepatch.server.catalog.CatalogLock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;
import org.jspecify.annotations.Nullable;

/** Table {@code patch_copies}, of the store in effect. */
interface CopyDao extends CatalogLock, Transactional<CopyDao> {
    String COLUMNS = "select p.patch_id, p.filename, encode(p.sha256, 'hex') as sha256, p.size from patches p ";

    /** What is wrong with a patch, and when that was seen last. */
    record Damage(String filename, String reason, Instant seenAt) {}

    /** Sums over patches. */
    record Sum(long patches, long bytes) {}

    @SqlQuery(COLUMNS + "where p.filename = :filename")
    @RegisterConstructorMapper(Listed.class)
    Optional<Listed> find(String filename);

    @SqlQuery(COLUMNS + "where p.filename > :after order by p.filename limit :limit")
    @RegisterConstructorMapper(Listed.class)
    List<Listed> after(String after, int limit);

    /** Patches whose copy was not verified within so many seconds of the database's clock, longest ago first. */
    @SqlQuery(COLUMNS + """
            left join patch_copies c on c.patch_id = p.patch_id and c.store = :store
            where c.verified_at is null or c.verified_at < now() - make_interval(secs => :seconds)
              or c.verified_at > clock_timestamp()
            order by c.verified_at nulls first, p.patch_id limit :limit
            """)
    @RegisterConstructorMapper(Listed.class)
    List<Listed> due(String store, double seconds, int limit);

    @SqlQuery(COLUMNS + """
            join patch_copies c on c.patch_id = p.patch_id and c.store = :store
            where c.rotten is not null order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(Listed.class)
    List<Listed> damaged(String store, int limit);

    @SqlQuery("""
            select p.filename, c.rotten as reason, c.verified_at as seen_at
            from patch_copies c join patches p using (patch_id)
            where c.store = :store and c.rotten is not null order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(Damage.class)
    List<Damage> damages(String store, int limit);

    @SqlQuery("select count(*) as patches, coalesce(sum(size), 0) as bytes from patches where filename <= :upTo")
    @RegisterConstructorMapper(Sum.class)
    Sum sum(String upTo);

    @SqlQuery("select count(*) as patches, coalesce(sum(size), 0) as bytes from patches")
    @RegisterConstructorMapper(Sum.class)
    Sum sum();

    /**
     * Takes the lock for scrubbing a patch, until the transaction ends; false if another process has it. It is not the lock of the
     * patch's name: uploads must not wait for a scrub, which reads slowly.
     */
    @SqlQuery("select pg_try_advisory_xact_lock(hashtextextended('scrub', :patchId))")
    boolean claim(long patchId);

    @SqlQuery("""
            select not exists (
              select from patch_copies where patch_id = :patchId and store = :store
              and verified_at between clock_timestamp() - make_interval(secs => :seconds) and clock_timestamp())
            """)
    boolean due(long patchId, String store, double seconds);

    @SqlQuery("select exists (select from patches where patch_id = :patchId)")
    boolean known(long patchId);

    @SqlQuery("select rotten from patch_copies where patch_id = :patchId and store = :store")
    Optional<String> damage(long patchId, String store);

    /** Has every unit check what it has of a patch, apart from the store. Answers 1. */
    @SqlQuery("select count(pg_notify('livepatch_suspects', :filename))")
    int suspectEverywhere(String filename);

    @SqlQuery("select not exists (select from patch_store where type <> :store)")
    boolean inEffect(String store);

    /**
     * Notes that the bytes of a patch which is not marked as damaged are whole. Answers 0 if it is marked, so that the caller has to
     * {@link #mark} it anew, or if the patch is gone or the store no longer in effect. Needs no lock, since the catalog's answers
     * stay the same.
     */
    @SqlUpdate("""
            insert into patch_copies (patch_id, store, verified_at)
            select patch_id, :store, now() from patches
            where patch_id = :patchId and not exists (select from patch_store where type <> :store)
            for key share of patches
            on conflict (patch_id, store) do update set verified_at = excluded.verified_at
            where patch_copies.rotten is null
            """)
    int whole(long patchId, String store);

    /** Notes what was found. The caller has the catalog's lock, which the trigger takes as well. */
    @SqlUpdate("""
            insert into patch_copies (patch_id, store, verified_at, rotten)
            select patch_id, :store, now(), :rotten from patches where patch_id = :patchId
            on conflict (patch_id, store) do update set verified_at = excluded.verified_at, rotten = excluded.rotten
            """)
    int mark(long patchId, String store, @Nullable String rotten);
}
