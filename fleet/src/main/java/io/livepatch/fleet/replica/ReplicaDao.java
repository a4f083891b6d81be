package io.livepatch.fleet.replica;

import java.util.List;
import java.util.UUID;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** Public because Jdbi must proxy it. */
public interface ReplicaDao {

    /** {@code create table if not exists} alone fails when two do it at once. */
    @SqlQuery("select true from pg_advisory_xact_lock(hashtextextended('fleet_replicas', 0))")
    boolean lock();

    @SqlQuery("select to_regclass('fleet_replicas') is not null")
    boolean exists();

    @SqlUpdate("""
            create table fleet_replicas (
              run text not null,
              replica int not null,
              address text not null,
              incarnation uuid not null,
              seen timestamptz not null,
              primary key (run, replica))
            """)
    void create();

    /** Takes the place of the one that had it only when that one is lost; answers how many rows are ours now. */
    @SqlUpdate("""
            insert into fleet_replicas as r (run, replica, address, incarnation, seen)
            values (:run, :replica, :address, :incarnation, clock_timestamp())
            on conflict (run, replica) do update
              set address = excluded.address, incarnation = excluded.incarnation, seen = clock_timestamp()
              where r.incarnation = excluded.incarnation
                 or r.seen < clock_timestamp() - make_interval(secs => :lostAfter)
            """)
    int beat(
            @Bind("run") String run,
            @Bind("replica") int replica,
            @Bind("address") String address,
            @Bind("incarnation") UUID incarnation,
            @Bind("lostAfter") double lostAfter);

    @SqlQuery("""
            select replica, address, incarnation, seen, clock_timestamp() as now
            from fleet_replicas
            where run = :run and replica < :count and seen > clock_timestamp() - make_interval(secs => :lostAfter)
            order by replica
            """)
    List<ReplicaRow> present(@Bind("run") String run, @Bind("count") int count, @Bind("lostAfter") double lostAfter);

    @SqlQuery("""
            select replica, address, incarnation, seen, clock_timestamp() as now
            from fleet_replicas
            where run = :run and replica = :replica
            """)
    ReplicaRow find(@Bind("run") String run, @Bind("replica") int replica);

    @SqlUpdate("delete from fleet_replicas where run = :run and replica = :replica and incarnation = :incarnation")
    void leave(@Bind("run") String run, @Bind("replica") int replica, @Bind("incarnation") UUID incarnation);
}
