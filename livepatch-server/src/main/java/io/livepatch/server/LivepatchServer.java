package io.livepatch.server;

import io.livepatch.common.cli.Version;
import io.livepatch.server.auth.AdminFilter;
import io.livepatch.server.auth.AdminSessions;
import io.livepatch.server.auth.AuthTokenResource;
import io.livepatch.server.auth.AuthTokens;
import io.livepatch.server.auth.BasicUsers;
import io.livepatch.server.auth.LoginResource;
import io.livepatch.server.auth.SessionResource;
import io.livepatch.server.catalog.LiveCatalog;
import io.livepatch.server.checkin.CheckInRoute;
import io.livepatch.server.checkin.CheckIns;
import io.livepatch.server.config.Config;
import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseProbe;
import io.livepatch.server.disk.DiskSpaceMonitor;
import io.livepatch.server.download.PatchDownload;
import io.livepatch.server.download.SignedUrls;
import io.livepatch.server.download.SigningKeyResource;
import io.livepatch.server.download.SigningKeys;
import io.livepatch.server.health.Check;
import io.livepatch.server.health.HealthRoutes;
import io.livepatch.server.health.Readiness;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.http.JerseyApplication;
import io.livepatch.server.http.JerseyApplication.WriteGate;
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
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.schema.Schema;
import io.livepatch.server.schema.SchemaException;
import io.livepatch.server.schema.SchemaStatus;
import io.livepatch.server.tier.TierResource;
import io.livepatch.server.tier.Tiers;
import io.livepatch.server.unit.AdminChangeFilter;
import io.livepatch.server.unit.AdminChangeFilter.UnitResource;
import io.livepatch.server.unit.UnitRegistry;
import io.livepatch.storage.cache.CachedPatchStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One unit, assembled and running. */
public final class LivepatchServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LivepatchServer.class);

    /** How often damaged patches are looked for without a change of the catalog. */
    private static final Duration REPAIR_PERIOD = Duration.ofMinutes(1);

    private final Lifecycle lifecycle;
    private final HttpServer http;
    private final Readiness readiness;

    private LivepatchServer(Lifecycle lifecycle, HttpServer http, Readiness readiness) {
        this.lifecycle = lifecycle;
        this.http = http;
        this.readiness = readiness;
    }

    /**
     * Starts a unit. A database that is away does not keep it from starting: it is not ready until the database is there.
     *
     * @throws StartException if something is in the way that its operator can mend; nothing runs then
     */
    static LivepatchServer start(Config config) {
        return start(config, InstantSource.system());
    }

    /** The same with another clock. It decides nothing that other units see. */
    static LivepatchServer start(Config config, InstantSource clock) {
        Lifecycle lifecycle = new Lifecycle();
        try {
            return assemble(config, lifecycle, clock);
        } catch (StartException e) {
            lifecycle.close();
            throw e;
        } catch (Exception e) {
            lifecycle.close();
            throw new IllegalStateException("the unit could not start", e);
        }
    }

    /** Top to bottom in the order of starting; closed from the bottom up. */
    private static LivepatchServer assemble(Config config, Lifecycle lifecycle, InstantSource clock) throws Exception {
        ServerConfig settings = config.server();
        Schema schema = new Schema(config.database().dsn());
        boolean current = nothingPending(schema);
        Database database = lifecycle.own(Database.of("livepatch", config.database()));
        StoreRegistry stores = StoreStartup.open(config, lifecycle, database, current, clock);
        Metrics metrics = new Metrics();
        metrics.cache(() -> stores.cacheFigures().orElse(CachedPatchStore.Figures.NONE));

        MachineTokens tokens = new MachineTokens(database, metrics);
        LiveCatalog catalog = new LiveCatalog(
                database, LiveCatalog.CATCH_UP, clock, stores::switchTo, tokens::forget, tokens::forgetAll);
        UnitRegistry units = lifecycle.own(new UnitRegistry(database, settings.unit(), settings.changeWait()));
        catalog.whenInMemory(units::report);
        SigningKeys keys = new SigningKeys(database.jdbi(), settings.signingKeyAge());
        SignedUrls urls = new SignedUrls(settings.urlTemplate(), settings.urlTtl(), keys, clock);
        IntegrityService integrity = new IntegrityService(database, stores, catalog::refresh);
        RepairService repair = new RepairService(database, integrity, stores, stores::cached, REPAIR_PERIOD);
        Scrub scrub = new Scrub(database, integrity, stores, scrubSchedule(config), clock, metrics);
        DatabaseProbe probe = new DatabaseProbe(database, clock);
        CheckIns checkIns = new CheckIns(database, probe::last, metrics);
        probe.whenFaulty(checkIns::refuseWaiting);
        DiskSpaceMonitor space = new DiskSpaceMonitor(
                StoreStartup.directories(config, stores),
                settings.minFreeSpace().bytes(),
                clock);
        PatchDownload download = lifecycle.own(
                PatchDownload.of(urls, tokens, catalog, stores, settings.redirectDownloads(), repair::scheduleCheck));
        lifecycle.own(probe);
        Readiness readiness = new Readiness(Checks.of(probe, schema, current, keys, catalog, stores, checkIns), clock);
        Checks.measure(metrics, readiness);

        List<DirectRoute> routes =
                new ArrayList<>(List.of(new CheckInRoute(tokens, checkIns, catalog, urls::url), download));
        HealthRoutes.Info info = new HealthRoutes.Info(
                Version.current(), settings.unit(), worker(), Runtime.version().toString(), clock.instant());
        List<Check> remarks = List.of(new Check("patches", repair::problem), new Check("disk-space", space::problem));
        routes.addAll(new HealthRoutes(readiness, metrics, info, catalog::status, remarks).routes());
        AdminSessions sessions = new AdminSessions(new BasicUsers(config.auth().users()), database, metrics);
        Machines machines =
                new Machines(database, tokens, metrics, config.machines().takeoverAfter());
        HttpServer http = new HttpServer(
                ListenerBinding.of(settings),
                routes,
                Guards.of(machines, tokens, sessions),
                new JerseyApplication(resources(
                        config, stores, integrity, repair, database, metrics, machines, sessions, catalog, readiness,
                        units, keys)),
                metrics);

        lifecycle.start(http, () -> ListenerBinding.bind(http, settings));
        catalog.whenRead(() -> {
            download.dropUnknown();
            repair.scheduleRepair();
        });
        catalog.whenSuspected(repair::scheduleLocalCheck);
        catalog.eachRound(sessions::endOutdated);
        catalog.eachRound(keys::keepUp);
        lifecycle.start(space, () -> space.start(metrics));
        lifecycle.start(catalog, catalog::start);
        lifecycle.start(repair, () -> repair.start(metrics));
        lifecycle.start(scrub, scrub::start);
        lifecycle.start(checkIns, checkIns::start);
        lifecycle.start(readiness, () -> readiness.start(Checks.opening(http, settings, stores)));
        lifecycle.start(http, http::start);
        LOG.info(
                "unit '{}' serves on {} port {}{}",
                settings.unit(),
                settings.address().getHostString(),
                http.port(),
                http.probePort().map(port -> ", answers probes on port " + port).orElse(""));
        return new LivepatchServer(lifecycle, http, readiness);
    }

    private static Scrub.Schedule scrubSchedule(Config config) {
        return Scrub.Schedule.of(
                config.storage().scrubInterval(), config.storage().scrubRate().bytes());
    }

    /** The variable in which a supervisor tells each process which of its workers it is. */
    private static Optional<String> worker() {
        return Optional.ofNullable(System.getenv("MULTIPROCESS_WORKER_ID"));
    }

    private static List<Object> resources(
            Config config,
            StoreRegistry stores,
            IntegrityService integrity,
            RepairService repair,
            Database database,
            Metrics metrics,
            Machines machines,
            AdminSessions sessions,
            LiveCatalog catalog,
            Readiness readiness,
            UnitRegistry units,
            SigningKeys keys) {
        long maxSize = config.server().maxPatchSize().bytes();
        return List.of(
                new WriteGate(() -> Checks.writesRefused(readiness)),
                new MachineResource(machines),
                new PingResource(machines, catalog, metrics, new DigestReports(database, repair, metrics)::report),
                new KernelResource(catalog),
                new AdminFilter(sessions),
                new LoginResource(sessions),
                new SessionResource(sessions),
                new AdminChangeFilter(units),
                new UnitResource(),
                new SigningKeyResource(keys),
                new TierResource(new Tiers(database, catalog::refresh)),
                new AdminPatchResource(new Patches(database, stores, integrity, catalog::refresh, maxSize)),
                StorageResource.of(database, stores, integrity, catalog::refresh),
                new RolloutResource(new Rollout(database, catalog::refresh)),
                new AuthTokenResource(new AuthTokens(database)),
                new AdminMachineResource(database, config.machines().takeoverAfter()));
    }

    /** Whether that is known: not while the database is away. */
    private static boolean nothingPending(Schema schema) {
        try {
            SchemaStatus status = schema.status();
            if (!status.current()) {
                throw new StartException(Checks.unusable(status));
            }
            return true;
        } catch (SchemaException.Unreachable e) {
            LOG.warn("starting without the database: {}", e.getMessage());
            return false;
        } catch (SchemaException.Refused e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Says that no more traffic is wanted, and goes on serving what comes.
     *
     * @return whether requests may come: not if the unit was never ready, since load balancers sent it none then
     */
    boolean drain() {
        boolean starting = readiness.report().state() == Readiness.State.STARTING;
        LOG.info(
                "asked to end: {}",
                starting ? "before it was ready" : "not ready from now on, serving what still comes");
        readiness.drain();
        http.drain();
        return !starting;
    }

    /** Stops listening, lets open connections have their answers, and closes everything. */
    @Override
    public void close() {
        lifecycle.close();
        LOG.info("ended");
    }
}
