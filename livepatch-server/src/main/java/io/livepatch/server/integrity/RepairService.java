package io.livepatch.server.integrity;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.integrity.IntegrityCheck.CheckResult;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.StoreRegistry;
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
 * Checks patches that a download or a machine reported, and repairs damaged ones from this unit's cache. Reads the list of damaged patches
 * when the catalog changes and once per period. All work runs on one thread; close it before stores and database.
 */
public final class RepairService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RepairService.class);
    private static final int MAX_PENDING = 100;
    private static final int MAX_DAMAGED = 1000;
    private static final int MAX_NAMED = 5;
    private static final Duration CHECK_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final CopyDao dao;
    private final IntegrityService integrity;
    private final StoreRegistry stores;
    private final Function<Patch, Optional<PatchContent>> spareCopy;
    private final Duration period;
    private final Set<PatchName> pendingChecks = ConcurrentHashMap.newKeySet();
    private final Set<PatchName> pendingReports = ConcurrentHashMap.newKeySet();
    private final Set<String> pendingLocalChecks = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean repairPending = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("repair").factory());
    private volatile List<String> damaged = List.of();
    private long nextReportedCheck = System.nanoTime();

    /**
     * Checks nothing yet.
     *
     * @param spareCopy returns this unit's copy of a patch besides the store, such as in its cache; the content is closed here
     * @param period of repairs without a change of the catalog
     */
    public RepairService(
            Database database,
            IntegrityService integrity,
            StoreRegistry stores,
            Function<Patch, Optional<PatchContent>> spareCopy,
            Duration period) {
        this.dao = database.dao(CopyDao.class);
        this.integrity = integrity;
        this.stores = stores;
        this.spareCopy = spareCopy;
        this.period = period;
    }

    /** Subscribes to patches that a machine reported to another unit. */
    public void subscribe(DatabaseEvents events) {
        events.subscribe("livepatch_suspects", this::scheduleLocalCheck);
    }

    /** Starts; {@code metrics} show the number of damaged patches. */
    public void start(Metrics metrics) {
        metrics.gauge("patches_rotten", "Patches that the store has lost or damaged.", () -> damaged.size());
        var _ = executor.scheduleWithFixedDelay(
                () -> guarded(this::repairAll), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
        scheduleRepair();
    }

    /** Schedules a check of a patch whose bytes were wrong or absent in a download. Does not wait; may be called often. */
    public void scheduleCheck(PatchName name) {
        // Names above the limit are dropped: the whole store has a problem then, and the scrub checks every patch.
        if (pendingChecks.size() < MAX_PENDING && pendingChecks.add(name)) {
            schedule(Duration.ZERO, () -> {
                pendingChecks.remove(name);
                integrity.find(name).ifPresent(this::check);
            });
        }
    }

    /**
     * The results of checking a patch.
     *
     * @param copy in this unit's cache; empty if the unit keeps none
     * @param store the active store
     */
    record Checked(Optional<CachedPatchStore.Copy> copy, CheckResult store) {}

    /**
     * Schedules a check of a patch in this unit's cache and in the store. Two checks begin at least {@link #CHECK_PAUSE} apart, since a
     * client that enrols many machine ids can report each patch of the catalog.
     *
     * @param beforeCheck runs before the check, once the patch was found in the catalog
     * @param onResult takes the result; not called if the database or the store is unreachable
     * @return false if a check of the patch is pending, or too many others are
     */
    boolean scheduleReportedCheck(PatchName name, Runnable beforeCheck, Consumer<Checked> onResult) {
        if (pendingReports.size() >= MAX_PENDING || !pendingReports.add(name)) {
            return false;
        }
        schedule(delayOfNextReportedCheck(), () -> {
            pendingReports.remove(name);
            integrity.find(name).ifPresent(patch -> {
                beforeCheck.run();
                onResult.accept(check(patch));
            });
        });
        return true;
    }

    private synchronized Duration delayOfNextReportedCheck() {
        Duration delay = Duration.ofNanos(Math.max(0, nextReportedCheck - System.nanoTime()));
        nextReportedCheck = System.nanoTime() + delay.plus(CHECK_PAUSE).toNanos();
        return delay;
    }

    private Checked check(CatalogPatch patch) {
        Optional<CachedPatchStore.Copy> copy = recheckLocalCopy(patch.patch());
        return new Checked(copy, integrity.check(patch));
    }

    /** Schedules a check of this unit's own copy of a patch that a machine reported to another unit. */
    void scheduleLocalCheck(String filename) {
        if (pendingLocalChecks.size() < MAX_PENDING && pendingLocalChecks.add(filename)) {
            schedule(Duration.ZERO, () -> {
                pendingLocalChecks.remove(filename);
                PatchName.find(filename).flatMap(integrity::find).ifPresent(patch -> recheckLocalCopy(patch.patch()));
            });
        }
    }

    /** Logs a failure of the cache's disk instead of throwing it, so that the store is checked nevertheless. */
    private Optional<CachedPatchStore.Copy> recheckLocalCopy(Patch patch) {
        try {
            Optional<CachedPatchStore.Copy> copy = stores.recheckCachedCopy(patch);
            if (copy.isEmpty()) {
                stores.recheck(patch);
            }
            return copy;
        } catch (StoreException e) {
            LOG.warn("could not check this unit's copy of patch '{}': {}", patch.name(), e.getMessage());
            return Optional.empty();
        }
    }

    /** Schedules a repair, for when the catalog changed: a patch may have been found to be damaged, or whole again. */
    public void scheduleRepair() {
        if (repairPending.compareAndSet(false, true)) {
            schedule(Duration.ZERO, () -> {
                repairPending.set(false);
                repairAll();
            });
        }
    }

    /** The number and names of damaged patches, as text; empty if there are none. From memory. */
    public Optional<String> problem() {
        List<String> names = damaged;
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(names.size() + " damaged, upload again: "
                        + names.stream().limit(MAX_NAMED).collect(Collectors.joining(", "))
                        + (names.size() > MAX_NAMED ? ", …" : ""));
    }

    private void repairAll() {
        List<CatalogPatch> found = readDamaged();
        if (found.stream().filter(this::repair).count() > 0) {
            found = readDamaged();
        }
        damaged = found.stream().map(CatalogPatch::filename).toList();
    }

    private List<CatalogPatch> readDamaged() {
        return dao.damagedPatches(stores.activeType().text(), MAX_DAMAGED);
    }

    private boolean repair(CatalogPatch patch) {
        try {
            return integrity.repair(patch, spareCopy);
        } catch (RuntimeException e) {
            LOG.warn("could not repair patch '{}', trying again: {}", patch.filename(), e.getMessage());
            return false;
        }
    }

    private void schedule(Duration delay, Runnable work) {
        try {
            var _ = executor.schedule(() -> guarded(work), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed", e);
        }
    }

    private static void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("could not check or repair patches, trying again later: {}", e.getMessage());
        }
    }

    /** Drops pending work and waits for the patch that is being checked. */
    @Override
    public void close() {
        executor.getQueue().clear();
        executor.shutdown();
        try {
            // Not interrupted: a read that fails by an interrupt looks like a disk that cannot be read.
            if (!executor.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the repair of patches did not end within {}", CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
