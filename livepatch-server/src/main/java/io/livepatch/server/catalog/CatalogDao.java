package io.livepatch.server.catalog;

import java.util.List;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.transaction.Transaction;
import org.jspecify.annotations.Nullable;

/** Reads the whole catalog. */
interface CatalogDao {

    /** A patch as the database has it. */
    record Row(
            String filename,
            String sha256,
            long size,
            @Nullable String blockReason,
            List<String> tiers) {}

    /** Rows and the revision that they belong to. */
    record Rows(long revision, List<Row> rows) {}

    @SqlQuery("select revision from catalog_revision")
    long revision();

    @SqlQuery("""
            select p.filename, encode(p.sha256, 'hex') as sha256, p.size, p.block_reason,
                   array(select t.name from tier_patches tp join tiers t using (tier_id)
                         where tp.patch_id = p.patch_id order by t.position) as tiers
            from patches p
            """)
    @RegisterConstructorMapper(Row.class)
    List<Row> rows();

    /** Revision and rows of one moment. */
    @Transaction(value = TransactionIsolationLevel.REPEATABLE_READ, readOnly = true)
    default Rows read() {
        return new Rows(revision(), rows());
    }
}
