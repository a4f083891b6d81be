package io.livepatch.server;

import io.livepatch.server.auth.AdminFilter;
import io.livepatch.server.auth.AdminSessions;
import io.livepatch.server.auth.AuthTokenResource;
import io.livepatch.server.auth.AuthTokens;
import io.livepatch.server.auth.BasicUsers;
import io.livepatch.server.auth.LoginResource;
import io.livepatch.server.catalog.LiveCatalog;
import io.livepatch.server.checkin.CheckInRoute;
import io.livepatch.server.checkin.CheckIns;
import io.livepatch.server.config.Config;
import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.database.Database;
import io.livepatch.server.download.PatchDownload;
import io.livepatch.server.download.SignedUrls;
import io.livepatch.server.health.Check;
import io.livepatch.server.health.HealthRoutes;
import io.livepatch.server.health.Readiness;
import io.livepatch.server.http.HotRoute;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.http.JerseyApplication;
import io.livepatch.server.kernel.KernelResource;
import io.livepatch.server.machine.MachineResource;
import io.livepatch.server.machine.MachineTokens;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.patch.AdminPatchResource;
import io.livepatch.server.patch.Patches;
import io.livepatch.server.patch.Rollout;
import io.livepatch.server.patch.RolloutResource;
import io.livepatch.server.schema.Schema;
import io.livepatch.server.schema.SchemaException;
import io.livepatch.server.schema.SchemaStatus;
import io.livepatch.server.tier.TierResource;
import io.livepatch.server.tier.Tiers;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.StoreException;
import java.io.IOException;
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

    /** How long requests at work may take once the unit stops accepting; a slow download of a large patch fits in. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private final Lifecycle lifecycle;
    private final HttpServer http;
    private final Readiness readiness;

    private LivepatchServer(Lifecycle lifecycle, HttpServer http, Readiness readiness) {
        this.lifecycle = lifecycle;
        this.http = http;
        this.readiness = readiness;
    }
}
