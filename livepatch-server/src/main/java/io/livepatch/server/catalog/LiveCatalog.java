package io.livepatch.server.catalog;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.placement.StoreLocation;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current catalog. Every change in the database notifies every unit, which reads the catalog again when its revision changed. The
 * last snapshot answers while the database is unreachable. Thread-safe.
 */
public final class LiveCatalog implements Catalog {
    private static final String CHANNEL = "livepatch_catalog";
    private static final Logger LOG = LoggerFactory.getLogger(LiveCatalog.class);

    private record Loaded(CatalogSnapshot snapshot, Optional<Instant> at) {}

    private final CatalogDao dao;
    private final DatabaseEvents events;
    private final InstantSource clock;
    private final Consumer<StoreLocation> onLocation;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Loaded loaded = new Loaded(CatalogSnapshot.NONE, Optional.empty());
    private final List<Runnable> readListeners = new CopyOnWriteArrayList<>();
    private final List<LongConsumer> revisionListeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable String problem;

    /**
     * Reads nothing yet.
     *
     * @param onLocation is given the location of the active store after each read of the catalog
     */
    public LiveCatalog(
            Database database, DatabaseEvents events, InstantSource clock, Consumer<StoreLocation> onLocation) {
        this.dao = database.dao(CatalogDao.class);
        this.events = events;
        this.clock = clock;
        this.onLocation = onLocation;
    }

    /** Subscribes to changes of the catalog; the catch-up of {@link DatabaseEvents} reads a change whose notification was lost. */
    public void subscribe() {
        // The notification only causes the catch-up after it, which compares revisions.
        events.subscribe(CHANNEL, _ -> {});
        events.onCatchUp(this::refresh);
    }

    /** Adds a listener that is called after each read of the catalog. It must not block. */
    public void onRead(Runnable listener) {
        readListeners.add(listener);
    }

    /** Adds a listener that is given the revision in memory after each successful {@link #refresh}. */
    public void onRefresh(LongConsumer listener) {
        revisionListeners.add(listener);
    }

    /**
     * Reads the catalog if its revision changed. When this returns, the catalog includes every change that was committed before the call;
     * if the database cannot be read, {@link #status} says so and the next catch-up repeats it. Calls run one after another.
     */
    public void refresh() {
        reading.lock();
        try {
            if (!loaded.snapshot.loaded() || dao.revision() != loaded.snapshot.revision()) {
                CatalogDao.Rows rows = dao.read();
                loaded = new Loaded(CatalogReader.snapshot(rows), Optional.of(clock.instant()));
                rows.location().ifPresent(onLocation);
                readListeners.forEach(Runnable::run);
            }
            long revision = loaded.snapshot.revision();
            revisionListeners.forEach(listener -> listener.accept(revision));
            problem = null;
        } catch (RuntimeException e) {
            if (problem == null) {
                LOG.warn(
                        "could not read the catalog, keeping revision {}: {}",
                        loaded.snapshot.revision(),
                        e.getMessage());
            }
            problem = "could not read the catalog: " + e.getMessage();
        } finally {
            reading.unlock();
        }
    }

    public CatalogStatus status() {
        Loaded now = loaded;
        return new CatalogStatus(
                now.snapshot.revision(),
                now.at,
                now.snapshot.size(),
                Optional.ofNullable(problem).or(events::problem));
    }

    @Override
    public PatchDecision decide(PatchQuery query) {
        return loaded.snapshot.decide(query);
    }

    @Override
    public Optional<Patch> find(PatchName name) {
        return loaded.snapshot.find(name);
    }

    @Override
    public boolean inTier(PatchName name, TierName tier) {
        return loaded.snapshot.inTier(name, tier);
    }

    @Override
    public KernelSupport support(String baseVersion, String flavour, String architecture) {
        return loaded.snapshot.support(baseVersion, flavour, architecture);
    }

    @Override
    public boolean loaded() {
        return loaded.snapshot.loaded();
    }

    /**
     * The status of the catalog in memory, for {@code /debug/status}.
     *
     * @param revision of the database's catalog when it was read; 0 before
     * @param loadedAt when it was read; empty before
     * @param problem why it may be outdated; empty if it is current
     */
    public record CatalogStatus(long revision, Optional<Instant> loadedAt, int patches, Optional<String> problem) {}
}
