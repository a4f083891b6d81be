package io.livepatch.server.store;

import io.livepatch.server.database.Database;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stores that this unit can reach, each opened when it is first asked for, and the one that patches are served from. A store
 * that patches were moved away from stays open: downloads that began there end there. Thread-safe.
 */
public final class Stores implements PatchSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Stores.class);

    private final StoreDao dao;
    private final StoreType configured;
    private final Opening opening;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<StoreType, PatchStore> open = new EnumMap<>(StoreType.class);
    private volatile StoreType type;
    private volatile boolean settled;

    /** How a store of a kind is opened, and what that takes let go of at last. */
    public interface Opening extends AutoCloseable {
        /**
         * Opens it.
         *
         * @throws StoreException.Locked if another unit owns it
         * @throws StoreException.Unavailable if it cannot be used, or the configuration does not say where it is
         */
        PatchStore open(StoreType type);

        @Override
        default void close() {}
    }

    /** Opens nothing yet. */
    public Stores(Database database, StoreType configured, Opening opening, InstantSource clock) {
        this.dao = database.dao(StoreDao.class);
        this.configured = configured;
        this.opening = opening;
        this.clock = clock;
        this.type = configured;
    }

    /**
     * Finds out which store patches are served from, and writes it down if this is the first unit. Throws what JDBI throws while
     * the database is away: call it until it succeeds.
     *
     * @throws StoreRefusedException if patches are in another store than the configured one
     */
    public void settle() {
        if (settled) {
            return;
        }
        switch (Choice.of(configured, dao.find(), dao.patches())) {
            case Choice.Follow(StoreType there, Optional<String> warning) -> {
                warning.ifPresent(LOG::warn);
                follow(there);
            }
            case Choice.Settle _ -> follow(write());
            case Choice.Refuse(String reason) -> throw new StoreRefusedException(reason);
        }
        settled = true;
    }

    /** Looked at again under the lock: another unit may be settling, or somebody may be storing the first patch. */
    private StoreType write() {
        return dao.inTransaction(tx -> {
            tx.lockCatalog();
            return switch (Choice.of(configured, tx.find(), tx.patches())) {
                case Choice.Follow(StoreType there, Optional<String> _) -> there;
                case Choice.Settle(StoreType wanted) -> {
                    tx.set(wanted.text(), null, clock.instant());
                    yield wanted;
                }
                case Choice.Refuse(String reason) -> throw new StoreRefusedException(reason);
            };
        });
    }

    /** Serves from this kind of store from now on; the catalog tells when the database's row has changed. */
    public void follow(StoreType there) {
        if (there != type) {
            LOG.info("patches are served from store '{}'", there);
            type = there;
        }
    }

    /** The kind of store that patches are served from, as far as this unit knows. */
    public StoreType type() {
        return type;
    }

    /** The kind that the configuration names. */
    public StoreType configured() {
        return configured;
    }

    /** The store that patches are served from, opened. Throws as {@link Opening#open}. */
    public PatchStore inEffect() {
        return of(type);
    }

    /** The store of that kind, opened. Throws as {@link Opening#open}. */
    public PatchStore of(StoreType wanted) {
        lock.lock();
        try {
            PatchStore there = open.get(wanted);
            if (there == null) {
                there = opening.open(wanted);
                open.put(wanted, there);
            }
            return there;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<PatchContent> open(Patch patch) {
        StoreType asked = type;
        Optional<PatchContent> content = of(asked).open(patch);
        return content.isEmpty() && moved(asked) ? inEffect().open(patch) : content;
    }

    /** Whether patches were moved since this unit last heard of it: one that came later is in the other store alone. */
    private boolean moved(StoreType asked) {
        return current() != asked;
    }

    /** The kind that the database names by now, which is followed from here on; asks the database. */
    public StoreType current() {
        dao.find().ifPresent(row -> follow(Choice.type(row.type())));
        return type;
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        return inEffect().directUrl(name, ttl);
    }

    /** Why patches cannot be stored or served now; empty if they can. */
    public Optional<String> problem() {
        try {
            return inEffect().check().problem();
        } catch (StoreException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        open.values().forEach(PatchStore::close);
    }
}
