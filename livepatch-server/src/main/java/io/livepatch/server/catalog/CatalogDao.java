package io.livepatch.server.catalog;

import io.livepatch.server.placement.StoreDao;
import io.livepatch.server.placement.StoreLocation;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jdbi.v3.sqlobject.CreateSqlObject;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.transaction.Transaction;
import org.jspecify.annotations.Nullable;

/** Reads the whole catalog. */
interface CatalogDao {

    /**
     * A patch.
     *
     * @param tiers names separated by spaces
     */
    record Row(
            String filename,
            String sha256,
            long size,
            @Nullable String blockReason,
            String tiers) {}

    /** The rows of a revision, and the location of their bytes, if it is recorded. */
    record Rows(long revision, Optional<StoreLocation> location, List<Row> rows) {}

    /** The table of the active store; for use in a transaction of this object. */
    @CreateSqlObject
    StoreDao stores();

    @SqlQuery("select revision from catalog_revision")
    long revision();

    // One pass over each table even without statistics, which a fresh import does not have yet.
    @SqlQuery("""
            select p.filename, encode(p.sha256, 'hex') as sha256, p.size, p.block_reason,
                   coalesce(held.tiers, '') as tiers
            from patches p left join (
              select tp.patch_id, string_agg(t.name, ' ' order by t.position) as tiers
              from tier_patches tp join tiers t using (tier_id) group by tp.patch_id
            ) as held using (patch_id)
            where not exists (
              select from patch_copies c join patch_store s on s.type = c.store
              where c.patch_id = p.patch_id and c.rotten is not null)
            """)
    @RegisterConstructorMapper(Row.class)
    List<Row> rows();

    /** Reads revision, location and rows from one snapshot of the database. */
    @Transaction(value = TransactionIsolationLevel.REPEATABLE_READ, readOnly = true)
    default Rows read() {
        return new Rows(revision(), stores().activeLocation(), rows());
    }
}
