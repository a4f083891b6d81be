package io.livepatch.server.migration;

import org.jdbi.v3.sqlobject.statement.SqlQuery;

/** The lock that lets one migration take a step at a time: an advisory lock, held until its transaction or its connection ends. */
interface MigrationDao {
    /** Returns false if another migration has it. */
    @SqlQuery("select pg_try_advisory_xact_lock(hashtextextended('livepatch migration', 0))")
    boolean tryLock();

    @SqlQuery("""
            select exists (
              select from pg_locks
              where locktype = 'advisory' and granted and objsubid = 1
                and database = (select oid from pg_database where datname = current_database())
                and (classid::bigint << 32) | objid::bigint = hashtextextended('livepatch migration', 0))
            """)
    boolean isLocked();
}
