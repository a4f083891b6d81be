package io.livepatch.server.catalog;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.placement.StoreLocation;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog as it is now. Every change in the database notifies every unit, which reads the catalog anew when its revision
 * moved; in case a notification is lost the revision is also looked at every now and then. While the database is away the
 * last snapshot goes on answering.
 */
public final class LiveCatalog implements Catalog, AutoCloseable {
    /** How often the revision is looked at when nothing is heard. */
    public static final Duration CATCH_UP = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(LiveCatalog.class);

    private record Loaded(CatalogSnapshot snapshot, Optional<Instant> at) {}

    private final CatalogDao dao;
    private final InstantSource clock;
    private final Consumer<StoreLocation> place;
    private final DatabaseEvents events;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Loaded loaded = new Loaded(CatalogSnapshot.NONE, Optional.empty());
    private final List<Runnable> rounds = new CopyOnWriteArrayList<>();
    private volatile Runnable read = () -> {};
    private volatile LongConsumer inMemory = _ -> {};
    private volatile Consumer<String> suspected = _ -> {};
    private volatile @Nullable String problem;

    /**
     * Reads nothing yet.
     *
     * @param catchUp how often to look at the revision without being told
     * @param place is given where patches are served from, whenever the catalog was read
     * @param machineTokens is given the hash (hex) of each machine token that ceased to be valid
     * @param machineTokensMissed is called whenever such hashes may have been missed
     */
    public LiveCatalog(
            Database database,
            Duration catchUp,
            InstantSource clock,
            Consumer<StoreLocation> place,
            Consumer<String> machineTokens,
            Runnable machineTokensMissed) {
        this.dao = database.dao(CatalogDao.class);
        this.clock = clock;
        this.place = place;
        this.events = new DatabaseEvents(database, new Follower(machineTokens, machineTokensMissed), catchUp);
    }

    private final class Follower implements DatabaseEvents.Follower {
        private final Map<String, Consumer<String>> channels;
        private final Runnable machineTokensMissed;

        Follower(Consumer<String> machineTokens, Runnable machineTokensMissed) {
            this.channels = Map.of(
                    "livepatch_catalog",
                    _ -> {},
                    "livepatch_machine_tokens",
                    machineTokens,
                    "livepatch_suspects",
                    fileName -> suspected.accept(fileName));
            this.machineTokensMissed = machineTokensMissed;
        }

        @Override
        public Map<String, Consumer<String>> channels() {
            return channels;
        }

        @Override
        public void missed() {
            machineTokensMissed.run();
            quiet();
        }

        @Override
        public void quiet() {
            refresh();
            rounds.forEach(LiveCatalog::runGuarded);
        }
    }

    /** Has this called, too, whenever the catalog was read; before {@link #start}. It must not wait for anything. */
    public void whenRead(Runnable follower) {
        read = follower;
    }

    /**
     * Registers a task that runs after the connection is made, after each notification and at least every {@link #CATCH_UP}. Its
     * exceptions are logged.
     */
    public void eachRound(Runnable follower) {
        rounds.add(follower);
    }

    private static void runGuarded(Runnable follower) {
        try {
            follower.run();
        } catch (RuntimeException e) {
            LOG.warn("could not keep up with the database, trying again later: {}", e.getMessage());
        }
    }

    /** Registers a listener for the revision in memory, called after each successful {@link #refresh}. Call before {@link #start}. */
    public void whenInMemory(LongConsumer follower) {
        inMemory = follower;
    }

    /**
     * Registers a listener for file names of patches that a machine reported as damaged to any unit. Call before {@link #start}; the
     * listener must not block.
     */
    public void whenSuspected(Consumer<String> follower) {
        suspected = follower;
    }

    /** Begins to follow the database; returns at once. */
    public void start() {
        events.start();
    }

    /**
     * Catches up with the database if it moved on. When this returns, what was committed before the call is seen; if the database
     * cannot be asked, that is noted in {@link #status} and made up for later. Concurrent calls share one reading.
     */
    public void refresh() {
        reading.lock();
        try {
            if (!loaded.snapshot.loaded() || dao.revision() != loaded.snapshot.revision()) {
                CatalogDao.Rows rows = dao.read();
                loaded = new Loaded(CatalogReader.snapshot(rows), Optional.of(clock.instant()));
                rows.location().ifPresent(place);
                read.run();
            }
            inMemory.accept(loaded.snapshot.revision());
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

    /** How it is doing. */
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

    /** Stops reading the database; answers go on from memory. */
    @Override
    public void close() {
        events.close();
    }
}
