package io.livepatch.server.database;

import org.jdbi.v3.sqlobject.statement.SqlQuery;

/**
 * The locks of transactions that change the catalog or the bytes of patches. A trigger updates the row of the revision in any case, so
 * such transactions run one after another; locking that row before any other leaves no order in which two of them could deadlock.
 */
public interface CatalogLock {
    /** Waits until this transaction is the only one that changes the catalog. */
    @SqlQuery("select revision from catalog_revision for update")
    long lockCatalog();

    /** Locks a patch's name on all units until the transaction ends: uploads, removals and checks of its bytes exclude each other. */
    @SqlQuery("select true from pg_advisory_xact_lock(hashtextextended(:filename, 0))")
    boolean lockName(String filename);
}
