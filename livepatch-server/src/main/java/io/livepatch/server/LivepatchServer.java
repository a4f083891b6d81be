package io.livepatch.server;

import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.server.ServerAssembly.Administration;
import io.livepatch.server.ServerAssembly.Base;
import io.livepatch.server.ServerAssembly.Clients;
import io.livepatch.server.ServerAssembly.Storage;
import io.livepatch.server.config.ConfigFile;
import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.health.HealthRoutes;
import io.livepatch.server.health.Readiness;
import io.livepatch.server.health.ReadinessCheck;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.http.JerseyApplication;
import io.livepatch.server.http.JerseyApplication.WriteGate;
import io.livepatch.server.schema.Schema;
import io.livepatch.server.schema.SchemaException;
import io.livepatch.server.schema.SchemaStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running unit. */
public final class LivepatchServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LivepatchServer.class);

    private final Lifecycle lifecycle;
    private final HttpServer http;
    private final Readiness readiness;
    private final ConfigReloader reloader;

    private LivepatchServer(Lifecycle lifecycle, HttpServer http, Readiness readiness, ConfigReloader reloader) {
        this.lifecycle = lifecycle;
        this.http = http;
        this.readiness = readiness;
        this.reloader = reloader;
    }

    /**
     * The configuration of a unit.
     *
     * @param source to read it again from
     * @param version with which the unit starts
     * @param reloads a permit is a request to read it again
     */
    record Settings(ConfigFile.Source source, ConfigFile.Version version, Semaphore reloads) {
        /**
         * Reads the configuration.
         *
         * @throws ConfigException with all problems
         */
        static Settings read(ConfigFile.Source source, Semaphore reloads) {
            Optional<Instant> modified = source.modified();
            return new Settings(source, new ConfigFile.Version(source.read(), modified), reloads);
        }

        UnitConfig config() {
            return version.config();
        }
    }

    /**
     * Starts a unit. It starts without a reachable database, too, and is not ready until the database is reachable.
     *
     * @throws StartException if it cannot start for a reason that its operator can remove; nothing runs then
     */
    static LivepatchServer start(Settings settings) {
        return start(settings, InstantSource.system());
    }

    /** As {@link #start(Settings)}, with a clock for tests. */
    static LivepatchServer start(Settings settings, InstantSource clock) {
        Lifecycle lifecycle = new Lifecycle();
        try {
            return assemble(settings, lifecycle, clock);
        } catch (StartException e) {
            lifecycle.close();
            throw e;
        } catch (Exception e) {
            lifecycle.close();
            throw new IllegalStateException("the unit could not start", e);
        }
    }

    /** In the order of starting; closed in reverse. */
    private static LivepatchServer assemble(Settings configuration, Lifecycle lifecycle, InstantSource clock)
            throws Exception {
        UnitConfig config = configuration.config();
        ServerConfig settings = config.server();
        boolean current = isCurrent(new Schema(config.database().dsn()));
        Base base = Base.of(config, lifecycle, clock);
        Storage storage = Storage.of(base, current);
        Administration administration = Administration.of(base, storage.catalog());
        Clients clients = Clients.of(base, storage);

        Supplier<Schema> schema = () -> new Schema(base.database().dsn());
        Readiness readiness = new Readiness(Checks.of(schema, current, storage, clients), clock);
        Checks.measure(base.metrics(), readiness);
        ConfigReloader reloader = new ConfigReloader(
                configuration.source(), configuration.version(), configuration.reloads(), base.metrics(), clock);
        List<DirectRoute> routes = new ArrayList<>(clients.routes());
        routes.addAll(healthRoutes(base, storage, readiness, reloader));
        List<Object> resources = new ArrayList<>();
        resources.add(new WriteGate(() -> Checks.writesRefused(readiness)));
        resources.addAll(clients.resources());
        resources.addAll(administration.resources());
        resources.addAll(storage.resources());
        HttpServer http = new HttpServer(
                ListenerBinding.of(settings),
                routes,
                Guards.of(clients.machines(), clients.tokens(), administration.sessions()),
                new JerseyApplication(resources),
                base.metrics());

        lifecycle.start(http, () -> ListenerBinding.bind(http, settings));
        storage.start();
        clients.start();
        lifecycle.start(readiness, () -> readiness.start(Checks.opening(http, settings, storage.stores())));
        lifecycle.start(http, http::start);
        lifecycle.start(reloader, () -> reloader.start(new LiveSettings(base, storage, clients, http)));
        LOG.info(
                "unit '{}' serves on {} port {}{}",
                settings.unit(),
                settings.address().getHostString(),
                http.port(),
                http.probePort().map(port -> ", answers probes on port " + port).orElse(""));
        return new LivepatchServer(lifecycle, http, readiness, reloader);
    }

    private static List<DirectRoute> healthRoutes(
            Base base, Storage storage, Readiness readiness, ConfigReloader reloader) {
        Instant startedAt = base.clock().instant();
        Supplier<HealthRoutes.Info> info = () -> new HealthRoutes.Info(
                Version.current(),
                base.server().unit(),
                worker(),
                Runtime.version().toString(),
                startedAt,
                reloader.status());
        List<ReadinessCheck> notices = new ArrayList<>(storage.remarks());
        notices.add(new ReadinessCheck("configuration", reloader::problem));
        return new HealthRoutes(readiness, base.metrics(), info, storage.catalog()::status, notices).routes();
    }

    /** The number of this process among the unit's workers, which a supervisor puts into its environment. */
    private static Optional<String> worker() {
        return Optional.ofNullable(System.getenv("MULTIPROCESS_WORKER_ID"));
    }

    /** False if the schema cannot be read because the database is unreachable. */
    private static boolean isCurrent(Schema schema) {
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

    /** How long to serve after {@link #drain}. */
    Duration drainTime() {
        return reloader.config().server().drain();
    }

    /**
     * Makes the unit unready, so that load balancers send it no more requests, while it serves those that arrive.
     *
     * @return whether requests may arrive: false if the unit was never ready, since load balancers sent it none
     */
    boolean drain() {
        boolean starting = readiness.report().state() == Readiness.State.STARTING;
        LOG.info(
                "stop requested: {}",
                starting ? "before it was ready" : "not ready from now on, still serving requests");
        readiness.drain();
        http.drain();
        return !starting;
    }

    /** Stops listening, waits for the answers to open connections, and closes all parts. */
    @Override
    public void close() {
        lifecycle.close();
        LOG.info("ended");
    }
}
