package io.livepatch.server.care;

import io.livepatch.server.database.Database;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.store.Stores;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.cache.CachedPatchStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which patches are damaged, and puts good bytes in their place where this unit has some. It checks a patch when a download or a
 * machine reports it, and reads the list of damaged patches when the catalog changes and once in a period. All on one thread; close it
 * before stores and database.
 */
public final class Healing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Healing.class);
    private static final int MOST_SUSPECTS = 100;
    private static final int MOST_DAMAGED = 1000;
    private static final int NAMED = 5;
    private static final Duration CHECK_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final CopyDao dao;
    private final Custody custody;
    private final Stores stores;
    private final Function<Patch, Optional<PatchContent>> spare;
    private final Duration period;
    private final Set<PatchName> suspects = ConcurrentHashMap.newKeySet();
    private final Set<PatchName> reported = ConcurrentHashMap.newKeySet();
    private final Set<String> elsewhere = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("healing").factory());
    private volatile List<String> damaged = List.of();
    private long nextCheck = System.nanoTime();

    /**
     * Checks nothing yet.
     *
     * @param spare what this unit has of a patch besides the store, such as in its cache; the content is closed here
     * @param period how often to look without being woken
     */
    public Healing(
            Database database,
            Custody custody,
            Stores stores,
            Function<Patch, Optional<PatchContent>> spare,
            Duration period) {
        this.dao = database.dao(CopyDao.class);
        this.custody = custody;
        this.stores = stores;
        this.spare = spare;
        this.period = period;
    }

    /** Starts; {@code metrics} show the number of damaged patches. */
    public void start(Metrics metrics) {
        metrics.gauge("patches_rotten", "Patches that the store has lost or damaged.", () -> damaged.size());
        var _ = timer.scheduleWithFixedDelay(
                () -> guarded(this::heal), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
        wake();
    }

    /** Checks a patch soon, of which a download had other bytes than the catalog says, or none. Does not wait; may be called often. */
    public void suspect(PatchName name) {
        // Of many at once some are forgotten: the store has a larger trouble then, and the scrub finds them.
        if (suspects.size() < MOST_SUSPECTS && suspects.add(name)) {
            soon(() -> {
                suspects.remove(name);
                custody.find(name).ifPresent(this::check);
            });
        }
    }

    /**
     * The result of checking a patch.
     *
     * @param copy in this unit's cache; empty if the unit keeps none
     * @param store in the store that patches are served from
     */
    record Checked(Optional<CachedPatchStore.Copy> copy, Finding store) {}

    /**
     * Checks a patch soon, in this unit's cache and in the store. Two checks begin at least {@link #CHECK_PAUSE} apart, since a client that
     * enrols many machine ids can report each patch of the catalog.
     *
     * @param first runs before the check, once the patch was found in the catalog
     * @param then takes the result, which is not given if the database or the store is away
     * @return false if the patch waits for its check already, or too many others do
     */
    boolean check(PatchName name, Runnable first, Consumer<Checked> then) {
        if (reported.size() >= MOST_SUSPECTS || !reported.add(name)) {
            return false;
        }
        after(pauseBeforeCheck(), () -> {
            reported.remove(name);
            custody.find(name).ifPresent(listed -> {
                first.run();
                then.accept(check(listed));
            });
        });
        return true;
    }

    private synchronized Duration pauseBeforeCheck() {
        Duration pause = Duration.ofNanos(Math.max(0, nextCheck - System.nanoTime()));
        nextCheck = System.nanoTime() + pause.plus(CHECK_PAUSE).toNanos();
        return pause;
    }

    private Checked check(Listed listed) {
        Optional<CachedPatchStore.Copy> copy = recheck(listed.patch());
        return new Checked(copy, custody.inspect(listed));
    }

    /** A machine reported wrong bytes to another unit: checks soon what this unit has of the patch, apart from the store. */
    public void suspectedElsewhere(String filename) {
        if (elsewhere.size() < MOST_SUSPECTS && elsewhere.add(filename)) {
            soon(() -> {
                elsewhere.remove(filename);
                PatchName.find(filename).flatMap(custody::find).ifPresent(listed -> recheck(listed.patch()));
            });
        }
    }

    /** Checks this unit's copy. A failure of the cache's disk is logged and not thrown, so that the store is checked nevertheless. */
    private Optional<CachedPatchStore.Copy> recheck(Patch patch) {
        try {
            Optional<CachedPatchStore.Copy> copy = stores.recheckCopy(patch);
            if (copy.isEmpty()) {
                stores.recheck(patch);
            }
            return copy;
        } catch (StoreException e) {
            LOG.warn("could not check this unit's copy of patch '{}': {}", patch.name(), e.getMessage());
            return Optional.empty();
        }
    }

    /** The catalog changed: perhaps a patch was found to be damaged, or is whole again. */
    public void wake() {
        if (woken.compareAndSet(false, true)) {
            soon(() -> {
                woken.set(false);
                heal();
            });
        }
    }

    /** What is damaged, in words; empty if nothing is. Answered from memory. */
    public Optional<String> problem() {
        List<String> now = damaged;
        return now.isEmpty()
                ? Optional.empty()
                : Optional.of(now.size() + " damaged, upload again: "
                        + now.stream().limit(NAMED).collect(Collectors.joining(", "))
                        + (now.size() > NAMED ? ", …" : ""));
    }

    private void heal() {
        List<Listed> found = damaged();
        if (found.stream().filter(this::heal).count() > 0) {
            found = damaged();
        }
        damaged = found.stream().map(Listed::filename).toList();
    }

    private List<Listed> damaged() {
        return dao.damaged(stores.type().text(), MOST_DAMAGED);
    }

    private boolean heal(Listed listed) {
        try {
            return custody.heal(listed, spare);
        } catch (RuntimeException e) {
            LOG.warn("could not heal patch '{}', trying again: {}", listed.filename(), e.getMessage());
            return false;
        }
    }

    private void soon(Runnable work) {
        after(Duration.ZERO, work);
    }

    private void after(Duration pause, Runnable work) {
        try {
            var _ = timer.schedule(() -> guarded(work), pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed", e);
        }
    }

    private static void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("could not look after the patches, trying again later: {}", e.getMessage());
        }
    }

    /** Ends after the patch that is being looked at. */
    @Override
    public void close() {
        timer.getQueue().clear();
        timer.shutdown();
        try {
            // Never interrupted: that would look like a disk that cannot be read.
            if (!timer.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the care of patches did not end within {}", CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
