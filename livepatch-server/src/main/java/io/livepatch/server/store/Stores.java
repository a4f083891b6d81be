package io.livepatch.server.store;

import io.livepatch.server.catalog.StorePlace;
import io.livepatch.server.database.Database;
import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import io.livepatch.storage.cache.CachedPatchStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stores that this unit can reach, each opened when it is first asked for, and the one that patches are served from. A store
 * that patches were moved away from stays open: downloads that began there end there. Thread-safe.
 */
public final class Stores implements PatchSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Stores.class);

    private final StoreDao dao;
    private final Settings settings;
    private final Opening opening;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<StoreType, PatchStore> open = new EnumMap<>(StoreType.class);
    private volatile @Nullable CachedPatchStore opened;
    private volatile StorePlace place;
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

    /**
     * What a unit's operator says of them.
     *
     * @param type the kind that patches should be in
     * @param unit like {@code livepatch/0}
     * @param cache of patches that come over a network, if there should be one
     */
    public record Settings(StoreType type, String unit, Optional<CacheConfig> cache) {}

    /** Opens nothing yet. */
    public Stores(Database database, Settings settings, Opening opening, InstantSource clock) {
        this.dao = database.dao(StoreDao.class);
        this.settings = settings;
        this.opening = opening;
        this.clock = clock;
        this.place = new StorePlace(settings.type(), Optional.empty());
    }

    /**
     * Finds out which store patches are served from, and writes it down if this is the first unit. Throws what JDBI throws while
     * the database is away: call it until it succeeds.
     *
     * @throws StoreRefusedException if patches are in another store than the configured one, or on the disk of another unit
     */
    public void settle() {
        if (settled) {
            return;
        }
        follow(new Settlement(dao, settings, () -> of(StoreType.FILESYSTEM)).settle());
        settled = true;
    }

    /** Serves from there from now on; the catalog tells when the database's row has changed. */
    public void follow(StorePlace there) {
        StorePlace before = place;
        place = there;
        if (before.type() != there.type()) {
            LOG.info("patches are served from store '{}'", there.type());
        }
    }

    /** The kind of store that patches are served from, as far as this unit knows. */
    public StoreType type() {
        return place.type();
    }

    /**
     * Says that the patches are on this unit's disk from now on, after the unit that had them was lost with its own.
     *
     * @throws StoreRefusedException if they are on no unit's disk
     */
    public void adopt() {
        if (dao.own(settings.unit()) == 0) {
            throw new StoreRefusedException(
                    "the patches are not in a filesystem store, so there is nothing to take over");
        }
    }

    /** Where patches would be if they were moved to that kind by this unit. */
    public StorePlace place(StoreType kind) {
        return Choice.place(kind, settings.unit());
    }

    /** The kind that the configuration names. */
    public StoreType configured() {
        return settings.type();
    }

    /**
     * The store that patches are served from, opened. Throws as {@link Opening#open}.
     *
     * @throws StoreException.Unavailable if it is the disk of another unit
     */
    public PatchStore inEffect() {
        StorePlace there = place;
        if (!there.reachableFor(settings.unit())) {
            throw new StoreException.Unavailable(
                    Choice.foreign(there.unit().orElseThrow(), settings.unit(), "it is another machine's"), null, true);
        }
        return of(there.type());
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

    /** A patch of a store over a network comes out of the cache, if there is one. */
    @Override
    public Optional<PatchContent> open(Patch patch) {
        return caching() ? cache().open(patch) : uncached(patch);
    }

    @Override
    public Optional<PatchContent> openPastCache(Patch patch) {
        return caching() ? uncached(patch) : Optional.empty();
    }

    @Override
    public void used(Patch patch) {
        CachedPatchStore there = opened;
        if (there != null && type().shared()) {
            there.hit(patch);
        }
    }

    /** Removes a patch from the store that patches are served from, and from the cache. Answers whether there was one. */
    public boolean delete(PatchName name) {
        CachedPatchStore there = opened;
        return (there == null ? inEffect() : there).delete(name);
    }

    /** Good bytes of a patch in this unit's cache, also while the store is away; empty if it has none. */
    public Optional<PatchContent> cached(Patch patch) {
        return caching() ? cache().cached(patch) : Optional.empty();
    }

    @Override
    public void recheck(Patch patch) {
        if (caching()) {
            recheckCopy(patch);
        } else if (!type().shared()) {
            renew(patch);
        }
    }

    /**
     * As {@link #recheck}, for the copy in this unit's cache: a damaged one is removed.
     *
     * @return what was found; empty if this unit keeps no copies, since its patches come from its own disk or it has no cache
     */
    public Optional<CachedPatchStore.Copy> recheckCopy(Patch patch) {
        CachedPatchStore there = opened;
        if (!caching()) {
            return Optional.empty();
        }
        return Optional.of(
                there == null ? CachedPatchStore.recheck(settings.cache().orElseThrow(), patch) : there.recheck(patch));
    }

    /** A file whose time changed is hashed again by each process that has it mapped. */
    private void renew(Patch patch) {
        try (PatchContent content = inEffect().open(patch.name()).orElse(null)) {
            if (content instanceof PatchContent.LocalFile file) {
                Files.setLastModifiedTime(file.path(), FileTime.from(clock.instant()));
            }
        } catch (NoSuchFileException e) {
            LOG.debug("patch '{}' was deleted meanwhile", patch.name(), e);
        } catch (IOException e) {
            LOG.warn(
                    "the other processes of this unit check patch '{}' only after some minutes, since the time of its file"
                            + " cannot be set: {}",
                    patch.name(),
                    e.toString());
        }
    }

    /** What the cache is worth; empty while there is none, or nothing was asked for yet. */
    public Optional<CachedPatchStore.Figures> cacheFigures() {
        return Optional.ofNullable(opened).map(CachedPatchStore::figures);
    }

    private boolean caching() {
        return settings.cache().isPresent() && type().shared();
    }

    /** Opened when it is first needed: a unit that serves from its own disk has none. */
    private CachedPatchStore cache() {
        lock.lock();
        try {
            CachedPatchStore there = opened;
            if (there == null) {
                there = CachedPatchStore.open(
                        new StoreInEffect(this), settings.cache().orElseThrow());
                opened = there;
            }
            return there;
        } finally {
            lock.unlock();
        }
    }

    Optional<PatchContent> uncached(Patch patch) {
        StoreType asked = type();
        Optional<PatchContent> content = inEffect().open(patch);
        return content.isEmpty() && moved(asked) ? inEffect().open(patch) : content;
    }

    /** Whether patches were moved since this unit read their place: one that came later is in the other store alone. */
    private boolean moved(StoreType asked) {
        return current() != asked;
    }

    /** The kind that the database names by now, which is followed from here on; asks the database. */
    public StoreType current() {
        dao.find().ifPresent(row -> follow(row.place()));
        return type();
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        return inEffect().directUrl(name, ttl);
    }

    /** Whether patches can be stored and served now. */
    public PatchStore.StoreHealth health() {
        try {
            return inEffect().check();
        } catch (StoreException e) {
            return PatchStore.StoreHealth.of(e);
        }
    }

    /** Why patches cannot be stored or served now; empty if they can. */
    public Optional<String> problem() {
        return health().problem();
    }

    /** Whether patches that were asked for before are served while the store is away. */
    public boolean servesWithoutStore() {
        return caching();
    }

    @Override
    public void close() {
        CachedPatchStore there = opened;
        if (there != null) {
            there.close();
        }
        open.values().forEach(PatchStore::close);
    }
}
