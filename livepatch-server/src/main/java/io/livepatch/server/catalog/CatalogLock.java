package io.livepatch.server.catalog;

import org.jdbi.v3.sqlobject.statement.SqlQuery;

/**
 * What every transaction that changes the catalog does first. A trigger counts up the revision's row anyway, so such transactions
 * run one after the other; taking that row before any other lock leaves no order in which two of them could deadlock.
 */
public interface CatalogLock {
    /** Waits until this transaction is the only one that changes the catalog. */
    @SqlQuery("select revision from catalog_revision for update")
    long lockCatalog();

    /** Keeps whoever stores, removes or judges the bytes of this name apart from each other, on all units, until the transaction ends. */
    @SqlQuery("select true from pg_advisory_xact_lock(hashtextextended(:filename, 0))")
    boolean lockName(String filename);
}
