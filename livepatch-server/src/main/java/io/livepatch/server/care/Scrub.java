package io.livepatch.server.care;

import io.livepatch.server.database.Database;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.store.Stores;
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
 * Reads every patch of the store in effect again once in an interval, slowly, on one thread. Each process takes the patch that was
 * read longest ago and is not being read by another, so all units share the work without a leader. Close it before stores and
 * database.
 */
public final class Scrub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    /** More than there are processes at once, or those that come last would find all of them taken. */
    private static final int CANDIDATES = 50;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Database database;
    private final CopyDao dao;
    private final Custody custody;
    private final Stores stores;
    private final Rhythm rhythm;
    private final InstantSource clock;
    private final Metrics metrics;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Pace pace;
    private final Thread thread = Thread.ofPlatform().daemon().name("scrub").unstarted(this::run);
    private volatile Instant completed = Instant.EPOCH;
    private boolean failing;

    /**
     * When it reads.
     *
     * @param interval how long until each patch has been read again; zero for never
     * @param rate how fast at most, in bytes a second
     * @param first how long after the start, so that a unit comes up undisturbed
     * @param idle how long it waits when nothing is due, or nothing can be read
     */
    public record Rhythm(Duration interval, long rate, Duration first, Duration idle) {
        /** With the usual pauses. */
        public static Rhythm of(Duration interval, long rate) {
            return new Rhythm(interval, rate, Duration.ofMinutes(5), Duration.ofMinutes(1));
        }
    }

    /** Reads nothing yet. */
    public Scrub(
            Database database, Custody custody, Stores stores, Rhythm rhythm, InstantSource clock, Metrics metrics) {
        this.database = database;
        this.dao = database.dao(CopyDao.class);
        this.custody = custody;
        this.stores = stores;
        this.rhythm = rhythm;
        this.clock = clock;
        this.metrics = metrics;
        this.pace = new Pace(rhythm.rate(), System::nanoTime, this::pause);
    }

    /** Begins, unless the interval is zero. */
    public void start() {
        metrics.gauge(
                "scrub_last_completed_timestamp_seconds",
                "When this process last found every patch looked at within the interval; 0 before.",
                () -> completed.getEpochSecond());
        if (rhythm.interval().isPositive()) {
            thread.start();
        }
    }

    private void run() {
        Duration pause = rhythm.first();
        while (pause(pause)) {
            pause = step();
        }
    }

    /** Answers how long to wait then. */
    private Duration step() {
        try {
            boolean looked = next();
            failing = false;
            return looked ? Duration.ZERO : rhythm.idle();
        } catch (Pace.StoppedException e) {
            LOG.debug("the scrub ends in the middle of a patch");
            return Duration.ZERO;
        } catch (RuntimeException e) {
            if (!failing) {
                LOG.warn("the scrub goes on when patches can be read again: {}", e.getMessage());
            }
            failing = true;
            return rhythm.idle();
        }
    }

    /** Checks the next patch that is due; answers false if none is, or other processes check all of them. */
    boolean next() {
        StoreType type = stores.type();
        double seconds = rhythm.interval().toMillis() / 1e3;
        StoreException.@Nullable Unavailable failure = null;
        boolean due = false;
        for (Listed listed : dao.due(type.text(), seconds, CANDIDATES)) {
            due = true;
            try {
                if (take(listed, type, seconds)) {
                    return true;
                }
            } catch (StoreException.Unavailable e) {
                // One that cannot be read now does not keep the others from being read.
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
        completed = due ? completed : clock.instant();
        return false;
    }

    private boolean take(Listed listed, StoreType type, double seconds) {
        return database.holding(CopyDao.class, claims -> {
            // Another unit may have looked since the list was read.
            if (!claims.claim(listed.patchId()) || !claims.due(listed.patchId(), type.text(), seconds)) {
                return false;
            }
            custody.inspect(listed, pace::of);
            metrics.scrubbed(listed.size());
            return true;
        });
    }

    /** Answers false as soon as all is to end. */
    private boolean pause(Duration duration) {
        try {
            return !closing.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends, in the middle of a patch if need be. */
    @Override
    public void close() {
        closing.countDown();
        try {
            // Never interrupted: that would look like a disk that cannot be read.
            if (thread.isAlive() && !thread.join(CLOSE_TIMEOUT)) {
                LOG.warn("the scrub did not end within {}", CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
