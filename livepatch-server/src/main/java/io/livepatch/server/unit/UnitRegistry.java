package io.livepatch.server.unit;

import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.database.Database;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other units which revision of the catalog this process has in memory, and waits until they have a revision, too. A process
 * that reported nothing for half a minute by the database's clock is dead and no longer waited for. Thread-safe.
 */
public final class UnitRegistry implements AutoCloseable {
    /** Three reports may be lost: {@code LiveCatalog} makes one every ten seconds. */
    private static final Duration DEAD_AFTER = Duration.ofSeconds(30);

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
            dao.deleteDead(DEAD_AFTER.multipliedBy(10).toSeconds());
            Convergence first = state(revision);
            return first.complete() || most.isZero() ? first : await(revision, most);
        } catch (RuntimeException e) {
            LOG.warn("could not ask which units have the change: {}", e.getMessage());
            return new Convergence(0, 0, List.of(), Optional.of("it is not known which units have the change yet"));
        }
    }

    private Convergence await(long revision, Duration most) {
        RetryPolicy<Convergence> policy = RetryPolicy.<Convergence>builder()
                .handleResultIf(state -> !state.complete())
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

    private Convergence state(long revision) {
        List<UnitProcessDao.Unit> live = dao.live(DEAD_AFTER.toSeconds());
        List<String> lagging = live.stream()
                .filter(other -> other.revision() < revision)
                .map(UnitProcessDao.Unit::unit)
                .toList();
        return new Convergence(revision, live.size(), lagging, Optional.empty());
    }

    /** Takes this process out, so that nothing waits for it; to be called when it answers no more requests. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            dao.leave(process);
        } catch (RuntimeException e) {
            LOG.debug("the other units take this process for live for up to {} more", DEAD_AFTER, e);
        }
    }
}
