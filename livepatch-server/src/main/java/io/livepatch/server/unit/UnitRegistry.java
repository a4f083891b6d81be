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
 * Publishes the catalog revision that this process has in memory, and waits until all units have a revision. A process that did not
 * report for half a minute by the database's clock is silent: it was killed, or lost the database and serves from memory. Silent processes
 * are not waited for, but named for five minutes. Thread-safe.
 */
public final class UnitRegistry implements AutoCloseable {
    /** {@code LiveCatalog} reports every ten seconds, so two reports may be lost. */
    private static final Duration SILENT_AFTER = Duration.ofSeconds(30);

    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(5);

    /** The period of reports of an unchanged revision. */
    private static final Duration REPORT_PERIOD = Duration.ofSeconds(5);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration MAX_PAUSE = Duration.ofMillis(100);

    /** Attempts between two notifications: a lost one is repeated after some 300 ms, and then every second. */
    private static final int ATTEMPTS_PER_NOTIFICATION = 10;

    private static final Logger LOG = LoggerFactory.getLogger(UnitRegistry.class);

    private final UnitProcessDao dao;
    private final String unit;
    private final Duration maxWait;
    private final UUID process = UUID.randomUUID();
    private long reported = -1;
    private long reportedAt;
    private boolean failing;
    private boolean closed;

    /**
     * Reports nothing.
     *
     * @param unit the unit's name, such as {@code livepatch/0}, shared by its processes
     * @param maxWait of {@link #await}; zero to wait for no other unit
     */
    public UnitRegistry(Database database, String unit, Duration maxWait) {
        this.dao = database.dao(UnitProcessDao.class);
        this.unit = unit;
        this.maxWait = maxWait;
    }

    /** Records the revision in memory; writes it to the database if it is new or the last report is old. */
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
                LOG.warn("could not report to other units that revision {} is in memory: {}", revision, e.getMessage());
            }
            failing = true;
        }
    }

    Duration maxWait() {
        return maxWait;
    }

    /** The change with the result of {@link #await} as its member {@code seen-by}, for changes without HTTP. */
    public AdminChangeFilter.Answer withSeenBy(Object change) {
        return new AdminChangeFilter.Answer(change, await(maxWait));
    }

    /**
     * Waits until all live units have the committed revision; returns which have not. A failure of the database is part of the result,
     * not an exception: the change is committed.
     *
     * @param timeout never longer than the configured time
     */
    Convergence await(Duration timeout) {
        Duration limit = timeout.compareTo(maxWait) < 0 ? timeout : maxWait;
        try {
            long revision = dao.revision();
            dao.ageFutureReports();
            dao.deleteDead(FORGOTTEN_AFTER.toSeconds());
            Progress first = state(revision);
            return first.complete || limit.isZero() ? first.seenBy : await(revision, limit).seenBy;
        } catch (RuntimeException e) {
            LOG.warn("could not read which units have the change: {}", e.getMessage());
            return new Convergence(
                    0, 0, List.of(), List.of(), Optional.of("it is not known which units have the change yet"));
        }
    }

    /**
     * The state at one moment.
     *
     * @param complete whether no live process lags
     */
    private record Progress(Convergence seenBy, boolean complete) {}

    private Progress await(long revision, Duration limit) {
        RetryPolicy<Progress> policy = RetryPolicy.<Progress>builder()
                .handleResultIf(state -> !state.complete)
                .abortOn(RuntimeException.class)
                .withBackoff(FIRST_PAUSE.toMillis(), MAX_PAUSE.toMillis(), ChronoUnit.MILLIS)
                .withMaxAttempts(-1)
                .withMaxDuration(limit)
                .build();
        return Failsafe.with(policy).get(attempt -> {
            if (attempt.getAttemptCount() % ATTEMPTS_PER_NOTIFICATION == ATTEMPTS_PER_NOTIFICATION - 1) {
                dao.notifyUnits();
            }
            return state(revision);
        });
    }

    private Progress state(long revision) {
        List<UnitProcessDao.Unit> live = dao.live(SILENT_AFTER.toSeconds());
        List<Convergence.Silent> silent = dao.silent(SILENT_AFTER.toSeconds(), revision);
        List<String> behind = live.stream()
                .filter(other -> other.revision() < revision)
                .map(UnitProcessDao.Unit::unit)
                .toList();
        List<String> lagging = Stream.concat(behind.stream(), silent.stream().map(Convergence.Silent::unit))
                .distinct()
                .sorted()
                .toList();
        Convergence seenBy = new Convergence(revision, live.size(), lagging, silent, Optional.empty());
        return new Progress(seenBy, behind.isEmpty());
    }

    /** Removes this process, so that no unit waits for it. Call it when the process answers no more requests. */
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
     * The live units, and which of them have a revision of the catalog in memory.
     *
     * @param revision the expected revision
     * @param units how many are live
     * @param lagging the names of units without the revision: live ones, and those of {@code silent}
     * @param silent units with a process that last reported an older revision and is silent since: it was killed, or lost the database and
     *     serves from memory. They are not waited for
     * @param problem why the state is unknown
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
         * A silent unit.
         *
         * @param since when it last reported
         */
        public record Silent(String unit, Instant since) {}
    }

    /** Table {@code unit_processes}. Ages are by the database's clock. */
    interface UnitProcessDao {

        /** A live unit, and the oldest revision of its processes. */
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
         * Units all of whose processes are silent, one of them with an older revision. A killed process looks like one that lost the
         * database; but if another process of its unit reports, the unit has the database.
         */
        @SqlQuery("""
                select unit, max(seen_at) as since from unit_processes
                group by unit
                having max(seen_at) < now() - make_interval(secs => :seconds) and min(revision) < :revision
                order by unit
                """)
        @RegisterConstructorMapper(Convergence.Silent.class)
        List<Convergence.Silent> silent(long seconds, long revision);

        /** After the clock was set back, reports in the future count from now. */
        @SqlUpdate("update unit_processes set seen_at = now() where seen_at > now()")
        void ageFutureReports();

        @SqlQuery("select revision from catalog_revision")
        long revision();

        @SqlQuery("select true from pg_notify('livepatch_catalog', '')")
        boolean notifyUnits();
    }
}
