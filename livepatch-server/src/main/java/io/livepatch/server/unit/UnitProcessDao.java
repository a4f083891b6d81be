package io.livepatch.server.unit;

import java.util.List;
import java.util.UUID;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** Table {@code unit_processes}. Whether a process is live is judged by the database's clock. */
interface UnitProcessDao {

    /** A live unit, and the oldest revision that one of its processes has in memory. */
    record Unit(String unit, long revision) {}

    @SqlUpdate("""
            insert into unit_processes (process_id, unit, revision, seen_at) values (:process, :unit, :revision, now())
            on conflict (process_id) do update set revision = excluded.revision, seen_at = excluded.seen_at
            """)
    void report(UUID process, String unit, long revision);

    @SqlUpdate("delete from unit_processes where process_id = :process")
    void leave(UUID process);

    @SqlUpdate("delete from unit_processes where seen_at < now() - make_interval(secs => :seconds)")
    void deleteDead(long seconds);

    @SqlQuery("""
            select unit, min(revision) as revision from unit_processes
            where seen_at >= now() - make_interval(secs => :seconds) group by unit order by unit
            """)
    @RegisterConstructorMapper(Unit.class)
    List<Unit> live(long seconds);

    /**
     * Units all of whose processes are silent for longer, one of them with an older revision than this. A process that was killed is not
     * told from one that has lost the database, but for a process of its unit that reports: the latter would lose it, too.
     */
    @SqlQuery("""
            select unit, max(seen_at) as since from unit_processes
            group by unit
            having max(seen_at) < now() - make_interval(secs => :seconds) and min(revision) < :revision
            order by unit
            """)
    @RegisterConstructorMapper(Convergence.Silent.class)
    List<Convergence.Silent> silent(long seconds, long revision);

    /** A report from before the clock was set back counts as one of now: it grows old from then on. */
    @SqlUpdate("update unit_processes set seen_at = now() where seen_at > now()")
    void ageFutureReports();

    @SqlQuery("select revision from catalog_revision")
    long revision();

    @SqlQuery("select true from pg_notify('livepatch_catalog', '')")
    boolean notifyUnits();
}
