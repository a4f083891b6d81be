package io.livepatch.server.integrity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.livepatch.server.database.Database;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.cache.CachedPatchStore.Copy;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles reports of machines whose downloaded patch has another sha256 than announced. Each report triggers a check of the patch in the
 * store and in the caches of all units, since another unit may have sent the bytes. The result is logged and counted; a damaged patch is
 * not offered. Thread-safe.
 *
 * <p>Each process accepts one report of a machine per {@link #MACHINE_PAUSE} and of a patch per {@link #PATCH_PAUSE};
 * {@link RepairService} checks them one after another with a pause. So false reports have a bounded cost, however many machines send
 * them, and delay a true one by as many pauses as patches are pending.
 */
public final class DigestReports {
    private static final Logger LOG = LoggerFactory.getLogger(DigestReports.class);
    private static final Duration MACHINE_PAUSE = Duration.ofMinutes(10);
    private static final Duration PATCH_PAUSE = Duration.ofMinutes(1);

    private static final int MAX_MACHINES = 100_000;
    private static final int MAX_PATCHES = 1_000;

    private final CopyDao dao;
    private final RepairService repair;
    private final Metrics metrics;
    private final Cache<String, Boolean> machines = expiring(MAX_MACHINES, MACHINE_PAUSE);
    private final Cache<PatchName, Boolean> patches = expiring(MAX_PATCHES, PATCH_PAUSE);

    public DigestReports(Database database, RepairService repair, Metrics metrics) {
        this.dao = database.dao(CopyDao.class);
        this.repair = repair;
        this.metrics = metrics;
    }

    private static <K> Cache<K, Boolean> expiring(int maxSize, Duration expiry) {
        return Caffeine.newBuilder()
                .maximumSize(maxSize)
                .expireAfterWrite(expiry)
                .build();
    }

    /**
     * Accepts a report. Never waits for a disk or the database.
     *
     * @param machine an authenticated machine
     * @param patch of the catalog
     * @param message of the machine, printable; may be empty
     */
    public void report(String machine, PatchName patch, String message) {
        if (machines.getIfPresent(machine) != null
                || patches.getIfPresent(patch) != null
                || !repair.scheduleReportedCheck(
                        patch,
                        // First, so that the other units check their caches even if this one cannot reach the store.
                        () -> dao.notifySuspect(patch.fileName()),
                        checked -> publish(machine, patch, checked))) {
            metrics.digestReport("ignored");
            return;
        }
        machines.put(machine, true);
        patches.put(patch, true);
        LOG.warn(
                "machine '{}' downloaded patch '{}' and computed another sha256 than announced ({}); checking the patch",
                machine,
                patch,
                message);
    }

    private void publish(String machine, PatchName patch, RepairService.Checked checked) {
        boolean removed = checked.copy().equals(Optional.of(Copy.REMOVED));
        if (checked.store().damaged()) {
            metrics.digestReport("store-damaged");
            LOG.error(
                    "patch '{}', reported by machine '{}', is damaged in the store: {}",
                    patch,
                    machine,
                    checked.store().reason());
        } else if (removed) {
            metrics.digestReport("copy-damaged");
            LOG.error(
                    "patch '{}', reported by machine '{}', was damaged in this unit's cache, from which it was removed, and is"
                            + " whole in the store",
                    patch,
                    machine);
        } else {
            metrics.digestReport("whole");
            LOG.warn(
                    "patch '{}', reported by machine '{}', is whole in the store{}; the other units check their caches. If the"
                            + " reports continue, look between the units and the machine: a proxy, or the machine's disk and memory",
                    patch,
                    machine,
                    checked.copy().isPresent() ? " and in this unit's cache" : "");
        }
    }
}
