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
import org.jspecify.annotations.Nullable;

/** A table in a database that all replicas reach. Its clock counts, both for who is there and for when flocks begin. */
public final class PostgresMembership implements Membership {
    private final ReplicaSettings settings;
    private final Jdbi jdbi;
    private final InstantSource clock;
    private final UUID incarnation = UUID.randomUUID();

    /** Kept open from look to look. */
    private @Nullable Handle handle;

    private @Nullable Instant incumbentSeen;

    public PostgresMembership(ReplicaSettings settings, DataSource database, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.jdbi = Jdbi.create(database)
                .installPlugin(new SqlObjectPlugin())
                .registerRowMapper(ConstructorMapper.factory(ReplicaRow.class));
    }

    @Override
    public MembershipSnapshot look(Map<Integer, PeerState> heard) {
        try {
            Handle open = handle == null ? open() : handle;
            handle = open;
            Instant before = clock.instant();
            List<ReplicaRow> rows = open.inTransaction(transaction -> {
                ReplicaDao dao = transaction.attach(ReplicaDao.class);
                beat(dao);
                return dao.present(settings.run(), settings.count(), seconds());
            });
            Duration travel = Duration.between(before, clock.instant());
            return sighting(rows, before.plus(travel.dividedBy(2)));
        } catch (JdbiException e) {
            drop();
            throw new ReplicaException.PlaceUnreachable(
                    "cannot see who is there in the table fleet_replicas: " + reason(e), e);
        }
    }

    private Handle open() {
        Handle fresh = jdbi.open();
        try {
            fresh.useTransaction(transaction -> {
                ReplicaDao dao = transaction.attach(ReplicaDao.class);
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

    private void beat(ReplicaDao dao) {
        int told = dao.beat(settings.run(), settings.index(), settings.address().toString(), incarnation, seconds());
        if (told == 1) {
            incumbentSeen = null;
            return;
        }
        ReplicaRow incumbent = dao.find(settings.run(), settings.index());
        // What was killed a moment ago still looks alive: only one that gives a new sign of life is.
        if (incumbentSeen != null && !incumbentSeen.equals(incumbent.seen())) {
            throw new ReplicaException.Displaced(
                    "replica %d of run '%s' is already there, at %s; give this process another index or run, or end that one"
                            .formatted(settings.index(), settings.run(), incumbent.address()));
        }
        incumbentSeen = incumbent.seen();
    }

    private MembershipSnapshot sighting(List<ReplicaRow> rows, Instant middle) {
        NavigableMap<Integer, URI> others = new TreeMap<>();
        NavigableSet<Integer> present = new TreeSet<>();
        Optional<Instant> now = Optional.empty();
        for (ReplicaRow row : rows) {
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

    private double seconds() {
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
                // It was broken already.
            }
            handle = null;
        }
    }

    @Override
    public void close() {
        try {
            if (handle != null) {
                handle.attach(ReplicaDao.class).leave(settings.run(), settings.index(), incarnation);
            }
        } catch (JdbiException e) {
            // Then the others wait until our last sign of life is old.
        } finally {
            drop();
        }
    }
}
