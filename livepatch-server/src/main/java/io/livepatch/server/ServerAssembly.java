package io.livepatch.server;

import io.livepatch.server.auth.AdminFilter;
import io.livepatch.server.auth.AdminSessions;
import io.livepatch.server.auth.AuthTokenResource;
import io.livepatch.server.auth.AuthTokens;
import io.livepatch.server.auth.BasicUsers;
import io.livepatch.server.auth.SessionResource;
import io.livepatch.server.catalog.LiveCatalog;
import io.livepatch.server.checkin.CheckInRoute;
import io.livepatch.server.checkin.CheckIns;
import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.database.DatabaseProbe;
import io.livepatch.server.disk.DiskSpaceMonitor;
import io.livepatch.server.download.PatchDownload;
import io.livepatch.server.download.SignedUrls;
import io.livepatch.server.download.SigningKeyResource;
import io.livepatch.server.download.SigningKeys;
import io.livepatch.server.health.ReadinessCheck;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.integrity.DigestReports;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.integrity.RepairService;
import io.livepatch.server.integrity.Scrub;
import io.livepatch.server.kernel.KernelResource;
import io.livepatch.server.machine.AdminMachineResource;
import io.livepatch.server.machine.MachineResource;
import io.livepatch.server.machine.MachineTokens;
import io.livepatch.server.machine.Machines;
import io.livepatch.server.machine.PingResource;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.migration.StorageResource;
import io.livepatch.server.patch.AdminPatchResource;
import io.livepatch.server.patch.Patches;
import io.livepatch.server.patch.Rollout;
import io.livepatch.server.patch.RolloutResource;
import io.livepatch.server.placement.StoreFactory;
import io.livepatch.server.placement.StoreRefusedException;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.tier.TierResource;
import io.livepatch.server.tier.Tiers;
import io.livepatch.server.unit.AdminChangeFilter;
import io.livepatch.server.unit.AdminChangeFilter.UnitResource;
import io.livepatch.server.unit.UnitRegistry;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import io.livepatch.storage.cache.CachedPatchStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Assembles a unit by feature. Each feature constructs its parts, subscribes them to the database's events, and lists its resources or
 * routes; nothing runs before {@code start}.
 */
final class ServerAssembly {
    private ServerAssembly() {}

    /** The parts that all features use. */
    record Base(
            UnitConfig config,
            Lifecycle lifecycle,
            InstantSource clock,
            Metrics metrics,
            Database database,
            DatabaseEvents events) {
        static Base of(UnitConfig config, Lifecycle lifecycle, InstantSource clock) {
            Database database = lifecycle.own(Database.of("livepatch", config.database()));
            DatabaseEvents events = new DatabaseEvents(database, DatabaseEvents.CATCH_UP);
            return new Base(config, lifecycle, clock, new Metrics(), database, events);
        }

        ServerConfig server() {
            return config.server();
        }
    }

    /** The catalog of patches, the stores of their bytes, and the integrity of these. */
    record Storage(
            Base base,
            StoreFactory factory,
            StoreRegistry stores,
            LiveCatalog catalog,
            IntegrityService integrity,
            RepairService repair,
            Scrub scrub,
            DiskSpaceMonitor diskSpace) {
        /** The period of repairs without a change of the catalog. */
        private static final Duration REPAIR_PERIOD = Duration.ofMinutes(1);

        /** Opens the active store; the database is not read unless its schema is known to be current. */
        static Storage of(Base base, boolean schemaIsCurrent) {
            Database database = base.database();
            StoreFactory factory = base.lifecycle().own(new StoreFactory(base.config()));
            StoreRegistry stores = open(base, factory, schemaIsCurrent);
            base.metrics().cache(() -> stores.cacheStatistics().orElse(CachedPatchStore.Statistics.NONE));
            LiveCatalog catalog = new LiveCatalog(database, base.events(), base.clock(), stores::switchTo);
            catalog.subscribe();
            IntegrityService integrity = new IntegrityService(database, stores, catalog::refresh);
            RepairService repair = new RepairService(database, integrity, stores, stores::cached, REPAIR_PERIOD);
            repair.subscribe(base.events());
            catalog.onRead(repair::scheduleRepair);
            var config = base.config().storage();
            Scrub.Schedule schedule =
                    Scrub.Schedule.of(config.scrubInterval(), config.scrubRate().bytes());
            Scrub scrub = new Scrub(database, integrity, stores, schedule, base.clock(), base.metrics());
            DiskSpaceMonitor diskSpace = new DiskSpaceMonitor(
                    directories(base.config(), stores),
                    base.server().minFreeSpace().bytes(),
                    base.clock());
            return new Storage(base, factory, stores, catalog, integrity, repair, scrub, diskSpace);
        }

        /** A unit that cannot serve fails when it starts instead of at the first request. */
        private static StoreRegistry open(Base base, StoreFactory factory, boolean schemaIsCurrent) {
            StoreRegistry stores = base.lifecycle()
                    .own(new StoreRegistry(
                            base.database(), StoreFactory.settings(base.config()), factory, base.clock()));
            try {
                if (schemaIsCurrent) {
                    stores.resolve();
                }
                stores.activeStore();
                return stores;
            } catch (StoreException | StoreRefusedException e) {
                throw new StartException(String.valueOf(e.getMessage()), e);
            }
        }

        /** The directories that need free space. Uploads to a shared store are spooled in the cache's directory. */
        private static List<DiskSpaceMonitor.MonitoredDirectory> directories(UnitConfig config, StoreRegistry stores) {
            return List.of(
                    new DiskSpaceMonitor.MonitoredDirectory(
                            "store",
                            () -> Optional.of(config.storage().filesystemPath())
                                    .filter(_ -> stores.activeType() == StoreType.FILESYSTEM)),
                    new DiskSpaceMonitor.MonitoredDirectory(
                            "cache",
                            () -> Optional.of(config.cache().path())
                                    .filter(_ -> stores.activeType() != StoreType.FILESYSTEM)));
        }

        List<Object> resources() {
            Database database = base.database();
            long maxSize = base.server().maxPatchSize().bytes();
            return List.of(
                    new KernelResource(catalog),
                    new TierResource(new Tiers(database, catalog::refresh)),
                    new AdminPatchResource(new Patches(database, stores, integrity, catalog::refresh, maxSize)),
                    new RolloutResource(new Rollout(database, catalog::refresh)),
                    StorageResource.of(database, stores, integrity, catalog::refresh));
        }

        /** Problems that are shown, but do not make the unit unready. */
        List<ReadinessCheck> remarks() {
            return List.of(
                    new ReadinessCheck("patches", repair::problem),
                    new ReadinessCheck("disk-space", diskSpace::problem));
        }

        void start() throws Exception {
            Lifecycle lifecycle = base.lifecycle();
            lifecycle.start(diskSpace, () -> diskSpace.start(base.metrics()));
            lifecycle.start(base.events(), base.events()::start);
            lifecycle.start(repair, () -> repair.start(base.metrics()));
            lifecycle.start(scrub, scrub::start);
        }
    }

    /** Administrators, their sessions, and the units that have their changes. */
    record Administration(Base base, AdminSessions sessions, UnitRegistry units) {
        static Administration of(Base base, LiveCatalog catalog) {
            ServerConfig server = base.server();
            UnitRegistry units =
                    base.lifecycle().own(new UnitRegistry(base.database(), server.unit(), server.changeWait()));
            catalog.onRefresh(units::report);
            BasicUsers users = new BasicUsers(base.config().auth().users());
            AdminSessions sessions = new AdminSessions(users, base.database(), base.metrics());
            base.events().onCatchUp(sessions::endOutdated);
            return new Administration(base, sessions, units);
        }

        List<Object> resources() {
            return List.of(
                    new AdminFilter(sessions),
                    new SessionResource(sessions),
                    new AdminChangeFilter(units),
                    new UnitResource(),
                    new AuthTokenResource(new AuthTokens(base.database())));
        }
    }

    /** Machines: their tokens, enrolments, check-ins and downloads. */
    record Clients(
            Base base,
            Storage storage,
            MachineTokens tokens,
            Machines machines,
            SigningKeys keys,
            CheckIns checkIns,
            DatabaseProbe probe,
            List<DirectRoute> routes) {
        static Clients of(Base base, Storage storage) {
            ServerConfig server = base.server();
            Database database = base.database();
            LiveCatalog catalog = storage.catalog();
            MachineTokens tokens = new MachineTokens(database, base.metrics());
            tokens.subscribe(base.events());
            Machines machines = new Machines(
                    database, tokens, base.metrics(), base.config().machines().takeoverAfter());
            SigningKeys keys = new SigningKeys(database.jdbi(), server.signingKeyAge());
            base.events().onCatchUp(keys::refresh);
            SignedUrls urls = new SignedUrls(server.urlTemplate(), server.urlTtl(), keys, base.clock());
            PatchDownload download = base.lifecycle()
                    .own(PatchDownload.of(
                            urls,
                            tokens,
                            catalog,
                            storage.stores(),
                            server.redirectDownloads(),
                            storage.repair()::scheduleCheck));
            catalog.onRead(download::dropUnknown);
            DatabaseProbe probe = base.lifecycle().own(new DatabaseProbe(database, base.clock()));
            CheckIns checkIns = new CheckIns(database, probe::last, base.metrics());
            probe.onFault(checkIns::refuseWaiting);
            List<DirectRoute> routes = List.of(new CheckInRoute(tokens, checkIns, catalog, urls::url), download);
            return new Clients(base, storage, tokens, machines, keys, checkIns, probe, routes);
        }

        List<Object> resources() {
            Metrics metrics = base.metrics();
            DigestReports reports = new DigestReports(base.database(), storage.repair(), metrics);
            return List.of(
                    new MachineResource(machines),
                    new PingResource(machines, storage.catalog(), metrics, reports::report),
                    new SigningKeyResource(keys),
                    new AdminMachineResource(
                            base.database(), base.config().machines().takeoverAfter()));
        }

        void start() throws Exception {
            base.lifecycle().start(checkIns, checkIns::start);
        }
    }
}
