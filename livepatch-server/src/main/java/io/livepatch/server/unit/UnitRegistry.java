package io.livepatch.server.unit;

import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.database.Database;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
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
}
