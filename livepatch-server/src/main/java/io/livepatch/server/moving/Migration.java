package io.livepatch.server.moving;

import io.livepatch.server.care.Custody;
import io.livepatch.server.care.Listed;
import io.livepatch.server.catalog.StorePlace;
import io.livepatch.server.database.Database;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.store.Stores;
import io.livepatch.server.task.Amount;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves all patches to another store in steps. The database records what is done, so the next step, at any unit, goes on where the last
 * one ended, also after a crash.
 *
 * <pre>
 *  step … step   copy, read back, write down         uploads go on, into the old store
 *  last step     lock the catalog                    uploads wait for their row
 *                copy what came last ─failed, many─▶ unlock, begin again
 *                change the row that all units follow, unlock
 * </pre>
 *
 * An upload that was given its bytes before the change, and wants its row after it, takes them along by itself. Thread-safe,
 * also across units: one step is taken at a time.
 */
public final class Migration {
    private static final Logger LOG = LoggerFactory.getLogger(Migration.class);
    private static final int BATCH = 100;
    private static final int FEW = 50;
    private static final long FEW_BYTES = 64L << 20;
    private static final int MOST_OBSTACLES = 1000;
    private static final String BUSY =
            "another migration is at work; 'livepatch-admin storage status' shows how far it is";

    private final Database database;
    private final MoveDao dao;
    private final Stores stores;
    private final Custody custody;
    private final Runnable changed;

    /**
     * Does nothing yet.
     *
     * @param changed is called after the switch, so that this unit sees it at once
     */
    public Migration(Database database, Stores stores, Custody custody, Runnable changed) {
        this.database = database;
        this.dao = database.dao(MoveDao.class);
        this.stores = stores;
        this.custody = custody;
        this.changed = changed;
    }

    /** What a migration would do, and what is in its way. Changes nothing, but opens the target. */
    public Move plan(StoreType to) {
        StoreType from = stores.current();
        if (from == to) {
            return moved(from, to, List.of());
        }
        List<Move.Obstacle> obstacles = new ArrayList<>();
        Set<Long> lost = Set.of();
        try {
            PatchStore target = stores.of(to);
            target.check().problem().map(Move.Obstacle::ofAll).ifPresent(obstacles::add);
            lost = lost(to, target);
        } catch (StoreException e) {
            obstacles.add(Move.Obstacle.ofAll(String.valueOf(e.getMessage())));
        }
        if (!database.holding(MoveDao.class, MoveDao::tryLock)) {
            obstacles.add(Move.Obstacle.ofAll(BUSY));
        }
        dao.damaged(from.text(), MOST_OBSTACLES)
                .forEach(name -> obstacles.add(Move.Obstacle.of(name, Advice.damaged(from, "known since before"))));
        MoveDao.Sum all = dao.all();
        Set<Long> gone = lost;
        List<MoveDao.Copied> there = dao.copies(to.text()).stream()
                .filter(copy -> !gone.contains(copy.patchId()))
                .toList();
        long bytes = there.stream().mapToLong(MoveDao.Copied::size).sum();
        return new Move(
                Move.State.PLANNED,
                from.text(),
                to.text(),
                new Amount(there.size(), all.patches()),
                new Amount(bytes, all.bytes()),
                Optional.empty(),
                obstacles,
                Optional.empty(),
                List.of());
    }

    /**
     * Copies patches, one at least, until the budget is used or none is left; then switches if all of them are there.
     *
     * @param next what the step before answered
     * @throws ProblemException.Conflict if another migration is taking a step
     * @throws StoreException if a store cannot be used
     */
    public Move step(StoreType to, Move.Next next, Duration budget) {
        return database.holding(MoveDao.class, lock -> {
            if (!lock.tryLock()) {
                throw new ProblemException.Conflict(BUSY);
            }
            StoreType from = stores.current();
            return from == to ? moved(from, to, List.of()) : step(from, to, next, System.nanoTime() + budget.toNanos());
        });
    }

    /** Until this value of {@link System#nanoTime}: the clock may be set back meanwhile. */
    private Move step(StoreType from, StoreType to, Move.Next next, long end) {
        Copying copying = new Copying(dao, custody, stores, from, to);
        if (next.after().isEmpty()) {
            believe(to);
        }
        Walk walk = new Walk(next);
        List<Listed> batch = dao.uncopied(to.text(), walk.after, BATCH);
        while (!batch.isEmpty()) {
            for (Listed listed : batch) {
                walk.tried(listed, copying.copy(listed));
                if (System.nanoTime() - end >= 0) {
                    return answer(Move.State.MOVING, from, to, walk, Optional.of(walk.next()));
                }
            }
            batch = dao.uncopied(to.text(), walk.after, BATCH);
        }
        return finish(from, to, copying, walk);
    }

    /** One way through the names, which may take several steps. */
    private static final class Walk {
        private final List<Move.Obstacle> obstacles = new ArrayList<>();
        private String after;
        private int copied;
        private Optional<String> last = Optional.empty();

        Walk(Move.Next next) {
            this.after = next.after();
            this.copied = next.copied();
        }

        void tried(Listed listed, Optional<String> obstacle) {
            after = listed.filename();
            if (obstacle.isPresent()) {
                obstacles.add(Move.Obstacle.of(listed.filename(), obstacle.get()));
            } else {
                copied++;
                last = Optional.of(listed.filename());
            }
        }

        Move.Next next() {
            return new Move.Next(after, copied);
        }
    }

    /** The switch to the new store, unless a patch cannot be copied, or there were many uploads lately. */
    private Move finish(StoreType from, StoreType to, Copying copying, Walk walk) {
        believe(to);
        StorePlace place = stores.place(to);
        boolean switched = dao.inTransaction(tx -> {
            tx.lockCatalog();
            if (!takeLast(tx, to, copying)) {
                return false;
            }
            tx.switchTo(to.text(), place.unit().orElse(null), from.text());
            // The scrub does not read that store any more, so these records would become wrong unnoticed.
            tx.forgetAll(from.text());
            return true;
        });
        if (switched) {
            stores.follow(place);
            changed.run();
            LOG.info("all patches were moved from store '{}' to '{}'", from, to);
            return moved(from, to, Advice.moved(from, to, dao.all().bytes()));
        }
        return walk.copied > 0
                ? answer(Move.State.MOVING, from, to, walk, Optional.of(Move.Next.FIRST))
                : answer(Move.State.BLOCKED, from, to, walk, Optional.empty());
    }

    /**
     * Copies what was uploaded in the last moments, while no upload can be recorded: as long as uploads come one after another there
     * would always be one more. So little that they hardly notice.
     */
    private boolean takeLast(MoveDao tx, StoreType to, Copying copying) {
        List<Listed> last = tx.uncopied(to.text(), "", FEW + 1);
        if (last.size() > FEW || last.stream().mapToLong(Listed::size).sum() > FEW_BYTES) {
            return false;
        }
        for (Listed listed : last) {
            if (!copying.deliver(listed)) {
                return false;
            }
            tx.copied(listed.patchId(), to.text());
        }
        return true;
    }

    /** Deletes the records of copies that are not at the target: it may have been emptied since an earlier migration. */
    private void believe(StoreType to) {
        dao.forgetDamaged(to.text());
        Set<Long> lost = lost(to, stores.of(to));
        if (!lost.isEmpty()) {
            dao.forget(to.text(), lost.stream().mapToLong(id -> id).toArray());
        }
    }

    private Set<Long> lost(StoreType to, PatchStore target) {
        List<MoveDao.Copied> copies = dao.copies(to.text());
        if (copies.isEmpty()) {
            return Set.of();
        }
        try (Stream<PatchName> names = target.list()) {
            Set<String> there = names.map(PatchName::fileName).collect(Collectors.toSet());
            return copies.stream()
                    .filter(copy -> !there.contains(copy.filename()))
                    .map(MoveDao.Copied::patchId)
                    .collect(Collectors.toSet());
        }
    }

    private Move moved(StoreType from, StoreType to, List<String> advice) {
        MoveDao.Sum all = dao.all();
        return new Move(
                Move.State.MOVED,
                from.text(),
                to.text(),
                new Amount(all.patches(), all.patches()),
                new Amount(all.bytes(), all.bytes()),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                advice);
    }

    private Move answer(Move.State state, StoreType from, StoreType to, Walk walk, Optional<Move.Next> next) {
        MoveDao.Sum done = dao.copied(to.text());
        MoveDao.Sum all = dao.all();
        return new Move(
                state,
                from.text(),
                to.text(),
                new Amount(done.patches(), all.patches()),
                new Amount(done.bytes(), all.bytes()),
                walk.last,
                walk.obstacles,
                next,
                List.of());
    }
}
