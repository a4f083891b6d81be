package io.livepatch.server.placement;

import io.livepatch.server.database.Database;
import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.ForwardingPatchStore;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stores of this unit, each opened on first use, and the active one, from which patches are served. A store that patches were moved
 * away from stays open, since downloads that began there end there. Thread-safe.
 */
public final class StoreRegistry implements PatchSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreRegistry.class);

    private final Database database;
    private final StoreDao dao;
    private final Settings settings;
    private final Opener opener;
    private final InstantSource clock;
    private final Map<StoreType, PatchStore> open = new EnumMap<>(StoreType.class);
    private volatile @Nullable CachedPatchStore openCache;
    private volatile StoreLocation location;
    private volatile boolean resolved;

    /** Opens stores, and owns what they share. */
    public interface Opener extends AutoCloseable {
        /**
         * Opens the store of a type.
         *
         * @throws StoreException.Locked if another unit owns it
         * @throws StoreException.Unavailable if it cannot be used, or the configuration does not say where it is
         */
        PatchStore open(StoreType type);

        @Override
        default void close() {}
    }

    /**
     * The unit's configuration of stores.
     *
     * @param type of the store that patches should be in
     * @param unit like {@code livepatch/0}
     * @param cache for patches of shared stores, if there is one
     */
    public record Settings(StoreType type, String unit, Optional<CacheConfig> cache) {}

    /** Opens nothing yet. */
    public StoreRegistry(Database database, Settings settings, Opener opener, InstantSource clock) {
        this.database = database;
        this.dao = database.dao(StoreDao.class);
        this.settings = settings;
        this.opener = opener;
        this.clock = clock;
        this.location = new StoreLocation(settings.type(), Optional.empty());
    }

    /**
     * Determines the active store; the first unit records it in the database. Throws JDBI's exceptions while the database is
     * unreachable: call it until it succeeds.
     *
     * @throws StoreRefusedException if patches are in another store than the configured one, or on the disk of another unit
     */
    public void resolve() {
        if (!resolved) {
            switchTo(new StoreResolver(database.dao(CopyDao.class), settings, () -> store(StoreType.FILESYSTEM))
                    .resolve());
            resolved = true;
        }
    }

    /** Makes this the active store of this unit; called when the row in the database changed. */
    public void switchTo(StoreLocation active) {
        StoreLocation before = location;
        location = active;
        if (before.type() != active.type()) {
            LOG.info("patches are served from store '{}'", active.type());
        }
    }

    /** The type of the active store, as far as this unit knows. */
    public StoreType activeType() {
        return location.type();
    }

    /** Reads the active store from the database, switches to it, and returns its type. */
    public StoreType readActiveType() {
        dao.activeStore().ifPresent(row -> switchTo(row.location()));
        return activeType();
    }

    /**
     * Records that the patches are on this unit's disk, after the unit that had them was lost with its disk.
     *
     * @throws StoreRefusedException if the active store is not a disk
     */
    public void claim() {
        if (dao.claimDisk(settings.unit()) == 0) {
            throw new StoreRefusedException(
                    "the patches are not in a filesystem store, so there is nothing to take over");
        }
    }

    /** The location that patches have after this unit moved them to a store of that type. */
    public StoreLocation locationOf(StoreType type) {
        return StoreDecision.location(type, settings.unit());
    }

    public StoreType configuredType() {
        return settings.type();
    }

    /**
     * The active store, opened. Throws as {@link Opener#open}.
     *
     * @throws StoreException.Unavailable if it is the disk of another unit
     */
    public PatchStore activeStore() {
        StoreLocation active = location;
        if (!active.reachableFor(settings.unit())) {
            throw new StoreException.Unavailable(
                    StoreDecision.foreignDisk(active.unit().orElseThrow(), settings.unit(), "it is another machine's"),
                    null,
                    true);
        }
        return store(active.type());
    }

    /** The store of that type, opened. Throws as {@link Opener#open}. */
    public synchronized PatchStore store(StoreType type) {
        return open.computeIfAbsent(type, opener::open);
    }

    @Override
    public Optional<PatchContent> open(Patch patch) {
        return caches() ? cache().open(patch) : openUncached(patch);
    }

    @Override
    public Optional<PatchContent> openBypassingCache(Patch patch) {
        return caches() ? openUncached(patch) : Optional.empty();
    }

    /** If the patch is absent, a migration may have switched stores since this unit read the location, so the new store is read. */
    private Optional<PatchContent> openUncached(Patch patch) {
        StoreType before = activeType();
        Optional<PatchContent> content = activeStore().open(patch);
        return content.isEmpty() && readActiveType() != before ? activeStore().open(patch) : content;
    }

    @Override
    public void recordUse(Patch patch) {
        CachedPatchStore cache = openCache;
        if (cache != null && activeType().shared()) {
            cache.hit(patch);
        }
    }

    /** Deletes a patch from the active store and from the cache; returns false if there was none. */
    public boolean delete(PatchName name) {
        CachedPatchStore cache = openCache;
        return (cache == null ? activeStore() : cache).delete(name);
    }

    /** Good bytes of a patch in this unit's cache, also while the store is unreachable; empty if it has none. */
    public Optional<PatchContent> cached(Patch patch) {
        return caches() ? cache().cached(patch) : Optional.empty();
    }

    @Override
    public void recheck(Patch patch) {
        if (caches()) {
            recheckCachedCopy(patch);
        } else if (!activeType().shared()) {
            touch(patch);
        }
    }

    /**
     * As {@link #recheck}, for the copy in this unit's cache: a damaged one is removed.
     *
     * @return the result; empty if this unit keeps no copies, since its patches come from its own disk or it has no cache
     */
    public Optional<CachedPatchStore.Copy> recheckCachedCopy(Patch patch) {
        if (!caches()) {
            return Optional.empty();
        }
        CachedPatchStore cache = openCache;
        return Optional.of(
                cache == null ? CachedPatchStore.recheck(settings.cache().orElseThrow(), patch) : cache.recheck(patch));
    }

    /** A file whose time changed is hashed again by each process that has it mapped. */
    private void touch(Patch patch) {
        try (PatchContent content = activeStore().open(patch.name()).orElse(null)) {
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

    /** The statistics of the cache; empty while it is not open. */
    public Optional<CachedPatchStore.Statistics> cacheStatistics() {
        return Optional.ofNullable(openCache).map(CachedPatchStore::statistics);
    }

    /** Whether patches come from a cache, which serves those that were requested before while the store is unreachable. */
    public boolean caches() {
        return settings.cache().isPresent() && activeType().shared();
    }

    /** Opened on first use: a unit that serves from its own disk needs none. */
    private synchronized CachedPatchStore cache() {
        CachedPatchStore cache = openCache;
        if (cache == null) {
            cache = CachedPatchStore.open(new ActiveStore(), settings.cache().orElseThrow());
            openCache = cache;
        }
        return cache;
    }

    /**
     * The store that is active at the moment of a call. The cache is in front of this instead of one store: its copies are named by their
     * digests, so they stay valid after a migration.
     */
    private final class ActiveStore implements ForwardingPatchStore {
        @Override
        public PatchStore delegate() {
            return activeStore();
        }

        @Override
        public Optional<PatchContent> open(Patch patch) {
            return openUncached(patch);
        }

        @Override
        public boolean shared() {
            return activeType().shared();
        }

        /** The registry closes the stores. */
        @Override
        public void close() {}
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        return activeStore().directUrl(name, ttl);
    }

    /** Whether patches can be stored and served now. */
    public PatchStore.StoreHealth health() {
        try {
            return activeStore().check();
        } catch (StoreException e) {
            return PatchStore.StoreHealth.of(e);
        }
    }

    @Override
    public void close() {
        CachedPatchStore cache = openCache;
        if (cache != null) {
            cache.close();
        }
        open.values().forEach(PatchStore::close);
    }
}
