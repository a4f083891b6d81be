package io.livepatch.server.storage;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jspecify.annotations.Nullable;

/** What the database knows of stores. */
interface StatusDao {
    /** The store in effect. */
    record Place(String type, @Nullable String movedFrom, Instant since) {}

    /** What is in the catalog. */
    record Sum(long patches, long bytes) {}

    /** How many patches were looked at, and when that was longest ago. */
    record Looked(long patches, @Nullable Instant oldest) {}

    @SqlQuery("select type, moved_from, since from patch_store")
    @RegisterConstructorMapper(Place.class)
    Optional<Place> place();

    @SqlQuery("select count(*) as patches, coalesce(sum(size), 0) as bytes from patches")
    @RegisterConstructorMapper(Sum.class)
    Sum all();

    @SqlQuery("select count(*) as patches, min(verified_at) as oldest from patch_copies where store = :store")
    @RegisterConstructorMapper(Looked.class)
    Looked looked(String store);

    @SqlQuery("""
            select p.filename, c.rotten as reason, c.verified_at as seen_at
            from patch_copies c join patches p using (patch_id)
            where c.store = :store and c.rotten is not null order by p.filename limit :limit
            """)
    @RegisterConstructorMapper(StorageStatus.Damaged.class)
    List<StorageStatus.Damaged> damaged(String store, int limit);

    @SqlQuery("""
            select c.store as type, count(*) as patches, sum(p.size) as bytes
            from patch_copies c join patches p using (patch_id)
            where c.store <> :store and c.rotten is null group by c.store order by c.store
            """)
    @RegisterConstructorMapper(StorageStatus.Copies.class)
    List<StorageStatus.Copies> elsewhere(String store);

    /** Whether a migration holds its lock. */
    @SqlQuery("""
            select exists (
              select from pg_locks
              where locktype = 'advisory' and granted and objsubid = 1
                and database = (select oid from pg_database where datname = current_database())
                and (classid::bigint << 32) | objid::bigint = hashtextextended('livepatch migration', 0))
            """)
    boolean moving();
}
