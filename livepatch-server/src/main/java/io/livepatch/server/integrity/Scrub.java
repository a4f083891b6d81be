package io.livepatch.server.integrity;

import io.livepatch.server.database.Database;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every patch of the active store once per interval, at a limited rate, on one thread. Each process checks the patch whose last
 * check is oldest and which no other process is checking, so all units share the work without a leader. Close it before stores and
 * database.
 */
public final class Scrub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    /** Must exceed the number of processes: the last ones would find every candidate locked. */
    private static final int CANDIDATES = 50;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Database database;
    private final CopyDao dao;
    private final IntegrityService integrity;
    private final StoreRegistry stores;
    private final Schedule schedule;
    private final InstantSource clock;
    private final Metrics metrics;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ReadRateLimiter limiter;
    private final Thread thread = Thread.ofPlatform().daemon().name("scrub").unstarted(this::run);
    private volatile Instant completed = Instant.EPOCH;
    private boolean failing;

    /**
     * When and how fast patches are read.
     *
     * @param interval in which each patch is read once; zero for never
     * @param rate at most, in bytes per second
     * @param initialDelay after the start, so that a unit starts undisturbed
     * @param idlePause when no patch is due, or none can be read
     */
    public record Schedule(Duration interval, long rate, Duration initialDelay, Duration idlePause) {
        /** With the default pauses. */
        public static Schedule of(Duration interval, long rate) {
            return new Schedule(interval, rate, Duration.ofMinutes(5), Duration.ofMinutes(1));
        }
    }

    /** Reads nothing yet. */
    public Scrub(
            Database database,
            IntegrityService integrity,
            StoreRegistry stores,
            Schedule schedule,
            InstantSource clock,
            Metrics metrics) {
        this.database = database;
        this.dao = database.dao(CopyDao.class);
        this.integrity = integrity;
        this.stores = stores;
        this.schedule = schedule;
        this.clock = clock;
        this.metrics = metrics;
        this.limiter = new ReadRateLimiter(schedule.rate(), System::nanoTime, this::await);
    }

    /** Starts, unless the interval is zero. */
    public void start() {
        metrics.gauge(
                "scrub_last_completed_timestamp_seconds",
                "When this process last found every patch checked within the interval; 0 before.",
                () -> completed.getEpochSecond());
        if (schedule.interval().isPositive()) {
            thread.start();
        }
    }

    private void run() {
        Duration pause = schedule.initialDelay();
        while (await(pause)) {
            pause = step();
        }
    }

    /** Returns the pause before the next step. */
    private Duration step() {
        try {
            boolean checked = checkNext();
            failing = false;
            return checked ? Duration.ZERO : schedule.idlePause();
        } catch (ReadRateLimiter.StoppedException e) {
            LOG.debug("the scrub was stopped in the middle of a patch");
            return Duration.ZERO;
        } catch (RuntimeException e) {
            if (!failing) {
                LOG.warn("the scrub cannot read patches, trying again later: {}", e.getMessage());
            }
            failing = true;
            return schedule.idlePause();
        }
    }

    /** Checks the next patch that is due; returns false if none is, or other processes are checking all of them. */
    boolean checkNext() {
        StoreType type = stores.activeType();
        double seconds = schedule.interval().toMillis() / 1e3;
        StoreException.@Nullable Unavailable failure = null;
        boolean due = false;
        for (CatalogPatch patch : dao.due(type.text(), seconds, CANDIDATES)) {
            due = true;
            try {
                if (checkIfDue(patch, type, seconds)) {
                    return true;
                }
            } catch (StoreException.Unavailable e) {
                // The other patches may be readable.
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
        completed = due ? completed : clock.instant();
        return false;
    }

    private boolean checkIfDue(CatalogPatch patch, StoreType type, double seconds) {
        return database.holding(CopyDao.class, lock -> {
            // Another unit may have checked the patch since the list was read.
            if (!lock.tryLockForScrub(patch.patchId()) || !lock.isDue(patch.patchId(), type.text(), seconds)) {
                return false;
            }
            integrity.check(patch, limiter::limit);
            metrics.scrubbed(patch.size());
            return true;
        });
    }

    /** Returns false as soon as the scrub is closed. */
    private boolean await(Duration duration) {
        try {
            return !closing.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Stops, if necessary in the middle of a patch. */
    @Override
    public void close() {
        closing.countDown();
        try {
            // Not interrupted: a read that fails by an interrupt looks like a disk that cannot be read.
            if (thread.isAlive() && !thread.join(CLOSE_TIMEOUT)) {
                LOG.warn("the scrub did not end within {}", CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
