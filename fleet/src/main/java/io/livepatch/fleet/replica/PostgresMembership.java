package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.sqlobject.SqlObjectPlugin;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/** A table of heartbeats in a database that all replicas reach. Its clock is the run's: it decides who is present, and when flocks begin. */
public final class PostgresMembership implements Membership {
    private final ReplicaSettings settings;
    private final Jdbi jdbi;
    private final InstantSource clock;
    private final UUID incarnation = UUID.randomUUID();

    /** Kept open between polls. */
    private @Nullable Handle handle;

    private @Nullable Instant incumbentSeen;

    public PostgresMembership(ReplicaSettings settings, DataSource database, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.jdbi = Jdbi.create(database)
                .installPlugin(new SqlObjectPlugin())
                .registerRowMapper(ConstructorMapper.factory(Row.class));
    }

    @Override
    public MembershipSnapshot poll(Map<Integer, PeerState> peers) {
        try {
            Handle open = handle == null ? open() : handle;
            handle = open;
            Instant before = clock.instant();
            List<Row> rows = open.inTransaction(transaction -> {
                Dao dao = transaction.attach(Dao.class);
                beat(dao);
                return dao.present(settings.run(), settings.count(), lostAfterSeconds());
            });
            Duration roundTrip = Duration.between(before, clock.instant());
            return snapshot(rows, before.plus(roundTrip.dividedBy(2)));
        } catch (JdbiException e) {
            drop();
            throw new ReplicaException.MembershipUnavailable("cannot read the table fleet_replicas: " + reason(e), e);
        }
    }

    private Handle open() {
        Handle fresh = jdbi.open();
        try {
            fresh.useTransaction(transaction -> {
                Dao dao = transaction.attach(Dao.class);
                dao.lock();
                if (!dao.exists()) {
                    dao.create();
                }
            });
            return fresh;
        } catch (JdbiException e) {
            fresh.close();
            throw e;
        }
    }

    private void beat(Dao dao) {
        int updated = dao.beat(
                settings.run(), settings.index(), settings.address().toString(), incarnation, lostAfterSeconds());
        if (updated == 1) {
            incumbentSeen = null;
            return;
        }
        Row incumbent = dao.find(settings.run(), settings.index());
        // The last heartbeat of a killed process is still recent: only a process that sends another one is alive.
        if (incumbentSeen != null && !incumbentSeen.equals(incumbent.seen())) {
            throw new ReplicaException.Displaced(
                    "replica %d of run '%s' already runs at %s; give this process another index or run, or stop that one"
                            .formatted(settings.index(), settings.run(), incumbent.address()));
        }
        incumbentSeen = incumbent.seen();
    }

    private MembershipSnapshot snapshot(List<Row> rows, Instant middle) {
        NavigableMap<Integer, URI> others = new TreeMap<>();
        NavigableSet<Integer> present = new TreeSet<>();
        Optional<Instant> now = Optional.empty();
        for (Row row : rows) {
            now = Optional.of(row.now());
            if (row.replica() != settings.index()) {
                present.add(row.replica());
                others.put(row.replica(), URI.create(row.address()));
            } else if (row.incarnation().equals(incarnation)) {
                present.add(row.replica());
            }
        }
        return new MembershipSnapshot(
                others,
                present,
                now.map(instant -> Duration.between(middle, instant)).orElse(Duration.ZERO));
    }

    private double lostAfterSeconds() {
        return settings.lostAfter().toMillis() / 1000.0;
    }

    private static String reason(JdbiException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }

    private void drop() {
        if (handle != null) {
            try {
                handle.close();
            } catch (JdbiException e) {
                // The connection is broken already.
            }
            handle = null;
        }
    }

    @Override
    public void close() {
        try {
            if (handle != null) {
                handle.attach(Dao.class).leave(settings.run(), settings.index(), incarnation);
            }
        } catch (JdbiException e) {
            // The others notice when the last heartbeat is older than lostAfter.
        } finally {
            drop();
        }
    }

    /** A row of the table. Public for Jdbi's mapper. */
    public record Row(int replica, String address, UUID incarnation, Instant seen, Instant now) {}

    /** The table's statements. Public for Jdbi's proxy. */
    public interface Dao {

        /** {@code create table if not exists} fails when two transactions run it at once. */
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

        /** Replaces the row of another incarnation only if that is lost; returns the number of updated rows. */
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
        List<Row> present(@Bind("run") String run, @Bind("count") int count, @Bind("lostAfter") double lostAfter);

        @SqlQuery("""
                select replica, address, incarnation, seen, clock_timestamp() as now
                from fleet_replicas
                where run = :run and replica = :replica
                """)
        Row find(@Bind("run") String run, @Bind("replica") int replica);

        @SqlUpdate("delete from fleet_replicas where run = :run and replica = :replica and incarnation = :incarnation")
        void leave(@Bind("run") String run, @Bind("replica") int replica, @Bind("incarnation") UUID incarnation);
    }
}
