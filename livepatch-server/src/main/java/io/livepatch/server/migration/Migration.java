package io.livepatch.server.migration;

import io.livepatch.server.database.Database;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.Progress;
import io.livepatch.server.placement.StoreLocation;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves all patches to another store in steps. The database records each copy, so the next step, at any unit, continues where the last
 * one ended, also after a crash.
 *
 * <pre>
 *  step … step   copy, read back, record             uploads go on, into the old store
 *  last step     lock the catalog                    uploads wait for their row
 *                copy the last uploads ─failed, many─▶ unlock, start again
 *                change the row that all units follow, unlock
 * </pre>
 *
 * An upload that stored its bytes before the switch, and inserts its row after it, copies them itself. Thread-safe, also across units:
 * one step is taken at a time.
 */
public final class Migration {
    private static final Logger LOG = LoggerFactory.getLogger(Migration.class);
    private static final int BATCH = 100;
    private static final int MAX_LOCKED_PATCHES = 50;
    private static final long MAX_LOCKED_BYTES = 64L << 20;
    private static final int MAX_OBSTACLES = 1000;
    private static final String BUSY =
            "another migration is taking a step; 'livepatch-admin storage status' shows its progress";

    private final Database database;
    private final CopyDao dao;
    private final MigrationDao lockDao;
    private final StoreRegistry stores;
    private final IntegrityService integrity;
    private final Runnable onSwitch;

    /**
     * Does nothing yet.
     *
     * @param onSwitch is called after the switch, so that this unit's catalog shows it at once
     */
    public Migration(Database database, StoreRegistry stores, IntegrityService integrity, Runnable onSwitch) {
        this.database = database;
        this.dao = database.dao(CopyDao.class);
        this.lockDao = database.dao(MigrationDao.class);
        this.stores = stores;
        this.integrity = integrity;
        this.onSwitch = onSwitch;
    }

    /** Whether a migration takes a step now, at any unit. */
    boolean running() {
        return lockDao.isLocked();
    }

    /** The work of a migration and its obstacles. Changes nothing, but opens the target. */
    public MigrationStatus plan(StoreType to) {
        Pass pass = new Pass(stores.readActiveType(), to, MigrationStatus.Cursor.START);
        if (pass.from == to) {
            return moved(pass, List.of());
        }
        Set<Long> lost = Set.of();
        try {
            PatchStore target = stores.store(to);
            target.check().problem().ifPresent(pass::addObstacle);
            lost = lostCopies(to, target);
        } catch (StoreException e) {
            pass.addObstacle(String.valueOf(e.getMessage()));
        }
        if (!database.holding(MigrationDao.class, MigrationDao::tryLock)) {
            pass.addObstacle(BUSY);
        }
        dao.damagedPatches(pass.from.text(), MAX_OBSTACLES)
                .forEach(patch -> pass.addObstacle(patch, MigrationAdvice.damaged(pass.from, "known since before")));
        Set<Long> lostIds = lost;
        List<CatalogPatch> copied = dao.copied(to.text()).stream()
                .filter(copy -> !lostIds.contains(copy.patchId()))
                .toList();
        long bytes = copied.stream().mapToLong(CatalogPatch::size).sum();
        CopyDao.Sum done = new CopyDao.Sum(copied.size(), bytes);
        return status(MigrationStatus.State.PLANNED, pass, done, dao.sum(), Optional.empty(), List.of());
    }

    /**
     * Copies patches, at least one, until the budget is used or none is left; then switches if all of them are at the target.
     *
     * @param cursor of the step before
     * @throws ProblemException.Conflict if another migration is taking a step
     * @throws StoreException if a store cannot be used
     */
    public MigrationStatus step(StoreType to, MigrationStatus.Cursor cursor, Duration budget) {
        return database.holding(MigrationDao.class, lock -> {
            if (!lock.tryLock()) {
                throw new ProblemException.Conflict(BUSY);
            }
            Pass pass = new Pass(stores.readActiveType(), to, cursor);
            return pass.from == to ? moved(pass, List.of()) : step(pass, System.nanoTime() + budget.toNanos());
        });
    }

    /** Ends at this value of {@link System#nanoTime}: the clock may be set back. */
    private MigrationStatus step(Pass pass, long end) {
        PatchCopier copier = new PatchCopier(dao, integrity, stores, pass.from, pass.to);
        if (pass.after.isEmpty()) {
            forgetLostCopies(pass.to);
        }
        List<CatalogPatch> batch = dao.uncopied(pass.to.text(), pass.after, BATCH);
        while (!batch.isEmpty()) {
            for (CatalogPatch patch : batch) {
                pass.record(patch, copier.copy(patch));
                if (System.nanoTime() - end >= 0) {
                    return status(MigrationStatus.State.MOVING, pass, Optional.of(pass.cursor()));
                }
            }
            batch = dao.uncopied(pass.to.text(), pass.after, BATCH);
        }
        return finish(pass, copier);
    }

    /** One pass through the file names, which may take several steps. */
    private static final class Pass {
        private final StoreType from;
        private final StoreType to;
        private final List<MigrationStatus.Obstacle> obstacles = new ArrayList<>();
        private String after;
        private int copied;
        private Optional<String> lastCopied = Optional.empty();

        Pass(StoreType from, StoreType to, MigrationStatus.Cursor cursor) {
            this.from = from;
            this.to = to;
            this.after = cursor.after();
            this.copied = cursor.copied();
        }

        void addObstacle(String reason) {
            obstacles.add(new MigrationStatus.Obstacle(Optional.empty(), reason));
        }

        void addObstacle(CatalogPatch patch, String reason) {
            obstacles.add(new MigrationStatus.Obstacle(Optional.of(patch.filename()), reason));
        }

        void record(CatalogPatch patch, Optional<String> obstacle) {
            after = patch.filename();
            if (obstacle.isPresent()) {
                addObstacle(patch, obstacle.get());
            } else {
                copied++;
                lastCopied = Optional.of(patch.filename());
            }
        }

        MigrationStatus.Cursor cursor() {
            return new MigrationStatus.Cursor(after, copied);
        }
    }

    /** Switches to the target, unless a patch cannot be copied, or many were uploaded since the pass began. */
    private MigrationStatus finish(Pass pass, PatchCopier copier) {
        forgetLostCopies(pass.to);
        StoreLocation location = stores.locationOf(pass.to);
        boolean switched = dao.inTransaction(tx -> {
            tx.lockCatalog();
            if (!copyLastUploads(tx, pass.to, copier)) {
                return false;
            }
            tx.stores()
                    .setActiveStore(
                            pass.to.text(), pass.from.text(), location.unit().orElse(null));
            // The scrub no longer reads that store, so its records would become outdated without notice.
            tx.forgetAll(pass.from.text());
            return true;
        });
        if (switched) {
            stores.switchTo(location);
            onSwitch.run();
            LOG.info("all patches were moved from store '{}' to '{}'", pass.from, pass.to);
            return moved(
                    pass, MigrationAdvice.moved(pass.from, pass.to, dao.sum().bytes()));
        }
        return pass.copied > 0
                ? status(MigrationStatus.State.MOVING, pass, Optional.of(MigrationStatus.Cursor.START))
                : status(MigrationStatus.State.BLOCKED, pass, Optional.empty());
    }

    /**
     * Copies the patches that were uploaded since the pass, while the catalog's lock keeps uploads from adding rows; otherwise a stream of
     * uploads would keep the migration from ending. Returns false if they would hold the lock too long, or one cannot be copied.
     */
    private boolean copyLastUploads(CopyDao tx, StoreType to, PatchCopier copier) {
        List<CatalogPatch> uploads = tx.uncopied(to.text(), "", MAX_LOCKED_PATCHES + 1);
        if (uploads.size() > MAX_LOCKED_PATCHES
                || uploads.stream().mapToLong(CatalogPatch::size).sum() > MAX_LOCKED_BYTES) {
            return false;
        }
        for (CatalogPatch patch : uploads) {
            if (!copier.tryCopy(patch)) {
                return false;
            }
            tx.recordCopy(patch.patchId(), to.text());
        }
        return true;
    }

    /** Deletes the records of copies that are not at the target: it may have been emptied since an earlier migration. */
    private void forgetLostCopies(StoreType to) {
        dao.forgetDamaged(to.text());
        Set<Long> lost = lostCopies(to, stores.store(to));
        if (!lost.isEmpty()) {
            dao.forget(to.text(), lost.stream().mapToLong(id -> id).toArray());
        }
    }

    private Set<Long> lostCopies(StoreType to, PatchStore target) {
        List<CatalogPatch> copies = dao.copied(to.text());
        if (copies.isEmpty()) {
            return Set.of();
        }
        try (Stream<PatchName> names = target.list()) {
            Set<String> stored = names.map(PatchName::fileName).collect(Collectors.toSet());
            return copies.stream()
                    .filter(copy -> !stored.contains(copy.filename()))
                    .map(CatalogPatch::patchId)
                    .collect(Collectors.toSet());
        }
    }

    private MigrationStatus moved(Pass pass, List<String> advice) {
        CopyDao.Sum all = dao.sum();
        Pass done = new Pass(pass.from, pass.to, MigrationStatus.Cursor.START);
        return status(MigrationStatus.State.MOVED, done, all, all, Optional.empty(), advice);
    }

    private MigrationStatus status(MigrationStatus.State state, Pass pass, Optional<MigrationStatus.Cursor> next) {
        return status(state, pass, dao.sumCopied(pass.to.text()), dao.sum(), next, List.of());
    }

    private static MigrationStatus status(
            MigrationStatus.State state,
            Pass pass,
            CopyDao.Sum done,
            CopyDao.Sum all,
            Optional<MigrationStatus.Cursor> next,
            List<String> advice) {
        return new MigrationStatus(
                state,
                pass.from.text(),
                pass.to.text(),
                new Progress.Count(done.patches(), all.patches()),
                new Progress.Count(done.bytes(), all.bytes()),
                pass.lastCopied,
                pass.obstacles,
                next,
                advice);
    }

    /** The lock that lets one migration take a step at a time: an advisory lock, held until its transaction or its connection ends. */
    interface MigrationDao {
        /** Returns false if another migration has it. */
        @SqlQuery("select pg_try_advisory_xact_lock(hashtextextended('livepatch migration', 0))")
        boolean tryLock();

        @SqlQuery("""
                select exists (
                  select from pg_locks
                  where locktype = 'advisory' and granted and objsubid = 1
                    and database = (select oid from pg_database where datname = current_database())
                    and (classid::bigint << 32) | objid::bigint = hashtextextended('livepatch migration', 0))
                """)
        boolean isLocked();
    }
}
