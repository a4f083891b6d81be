package io.livepatch.server.unit;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.database.Database;
import io.livepatch.server.unit.UnitRegistry.Convergence;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other units which revision of the catalog this process has in memory, and waits until they have a revision, too. A process
 * that reported nothing for half a minute by the database's clock is silent: it was killed, or is cut off from the database and serves
 * on with what it has. It is not waited for, but named for five minutes. Thread-safe.
 */
public final class UnitRegistry implements AutoCloseable {
    /** Three reports may be lost: {@code LiveCatalog} makes one every ten seconds. */
    private static final Duration SILENT_AFTER = Duration.ofSeconds(30);

    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(5);

    /** Without a new revision. */
    private static final Duration REPORT_PERIOD = Duration.ofSeconds(5);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

    /** A notification that was lost is made up for after some 300 ms, and again every second. */
    private static final int NOTIFIED_EVERY = 10;

    private static final Logger LOG = LoggerFactory.getLogger(UnitRegistry.class);

    private final UnitProcessDao dao;
    private final String unit;
    private final Duration longestWait;
    private final UUID process = UUID.randomUUID();
    private long reported = -1;
    private long reportedAt;
    private boolean failing;
    private boolean closed;

    /**
     * Reports nothing yet.
     *
     * @param unit like {@code livepatch/0}; all its processes have that name
     * @param longestWait for other units; zero for none
     */
    public UnitRegistry(Database database, String unit, Duration longestWait) {
        this.dao = database.dao(UnitProcessDao.class);
        this.unit = unit;
        this.longestWait = longestWait;
    }

    /** This process has that revision in memory now. Writes to the database if that is news, or the last report is old. */
    public synchronized void report(long revision) {
        long now = System.nanoTime();
        boolean due = revision != reported || now - reportedAt >= REPORT_PERIOD.toNanos();
        if (closed || !due) {
            return;
        }
        try {
            dao.report(process, unit, revision);
            reported = revision;
            reportedAt = now;
            failing = false;
        } catch (RuntimeException e) {
            if (!failing) {
                LOG.warn("could not tell other units that revision {} is in memory: {}", revision, e.getMessage());
            }
            failing = true;
        }
    }

    /** How long {@link #await} waits at most. */
    Duration longestWait() {
        return longestWait;
    }

    /** What was changed, with {@link #await} as its member {@code seen-by}: for changes that do not come over HTTP. */
    public AdminChangeFilter.Answer withSeenBy(Object change) {
        return new AdminChangeFilter.Answer(change, await(longestWait));
    }

    /**
     * Waits until all live units have what is committed now, and says which have not. Failures of the database are told, not thrown:
     * what was changed before is changed.
     *
     * @param patience at most; never longer than the configured time
     */
    Convergence await(Duration patience) {
        Duration most = patience.compareTo(longestWait) < 0 ? patience : longestWait;
        try {
            long revision = dao.revision();
            dao.ageFutureReports();
            dao.deleteDead(FORGOTTEN_AFTER.toSeconds());
            State first = state(revision);
            return first.settled || most.isZero() ? first.seenBy : await(revision, most).seenBy;
        } catch (RuntimeException e) {
            LOG.warn("could not ask which units have the change: {}", e.getMessage());
            return new Convergence(
                    0, 0, List.of(), List.of(), Optional.of("it is not known which units have the change yet"));
        }
    }

    /**
     * An answer.
     *
     * @param settled whether there is nothing to wait for: no live process lags
     */
    private record State(Convergence seenBy, boolean settled) {}

    private State await(long revision, Duration most) {
        RetryPolicy<State> policy = RetryPolicy.<State>builder()
                .handleResultIf(state -> !state.settled)
                .abortOn(RuntimeException.class)
                .withBackoff(FIRST_PAUSE.toMillis(), LONGEST_PAUSE.toMillis(), ChronoUnit.MILLIS)
                .withMaxAttempts(-1)
                .withMaxDuration(most)
                .build();
        return Failsafe.with(policy).get(attempt -> {
            if (attempt.getAttemptCount() % NOTIFIED_EVERY == NOTIFIED_EVERY - 1) {
                dao.notifyUnits();
            }
            return state(revision);
        });
    }

    private State state(long revision) {
        List<UnitProcessDao.Unit> live = dao.live(SILENT_AFTER.toSeconds());
        List<Convergence.Silent> silent = dao.silent(SILENT_AFTER.toSeconds(), revision);
        List<String> late = live.stream()
                .filter(other -> other.revision() < revision)
                .map(UnitProcessDao.Unit::unit)
                .toList();
        List<String> lagging = Stream.concat(late.stream(), silent.stream().map(Convergence.Silent::unit))
                .distinct()
                .sorted()
                .toList();
        Convergence seenBy = new Convergence(revision, live.size(), lagging, silent, Optional.empty());
        return new State(seenBy, late.isEmpty());
    }

    /** Takes this process out, so that nothing waits for it; to be called when it answers no more requests. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            dao.leave(process);
        } catch (RuntimeException e) {
            LOG.debug("the other units name this process for up to {} more", FORGOTTEN_AFTER, e);
        }
    }

    /**
     * Which live units have a revision of the catalog in memory.
     *
     * @param revision the one that was waited for
     * @param units how many are live
     * @param lagging the names of units that do not have it yet: live ones, and those of {@code silent}
     * @param silent units of which a process had an older revision when it last reported, and is silent since: it was killed, or is cut off
     *     from the database and serves on. They are not waited for
     * @param problem why that is not known; empty if it is
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Convergence(
            long revision,
            int units,
            List<String> lagging,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Silent> silent,
            Optional<String> problem) {
        public Convergence {
            lagging = List.copyOf(lagging);
            silent = List.copyOf(silent);
        }

        /**
         * A unit that has been silent for too long to be live.
         *
         * @param since when it last reported
         */
        public record Silent(String unit, Instant since) {}
    }

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
}
