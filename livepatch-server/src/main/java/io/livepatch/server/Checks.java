package io.livepatch.server;

import io.livepatch.server.ServerAssembly.Clients;
import io.livepatch.server.ServerAssembly.Storage;
import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.database.DatabaseFault;
import io.livepatch.server.download.SigningKeys;
import io.livepatch.server.health.Availability;
import io.livepatch.server.health.Availability.Capability;
import io.livepatch.server.health.Readiness;
import io.livepatch.server.health.ReadinessCheck;
import io.livepatch.server.health.ReadinessCheck.Fault;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.placement.StoreRefusedException;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.schema.Schema;
import io.livepatch.server.schema.SchemaException;
import io.livepatch.server.schema.SchemaStatus;
import io.livepatch.storage.PatchStore.StoreHealth;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The readiness checks of a unit: the parts that can fail, and the capabilities that need them.
 *
 * <pre>
 *                check-ins   downloads
 * database           x                   answers, and accepts writes
 * schema             x           x       once
 * signing-keys       x           x       once
 * catalog            x           x       read once; it stays in memory
 * check-ins          x                   the last batch was accepted, or was not refused by a database that refuses all
 * patch-storage                  x       once: the active store is known
 * store                         (x)      only without a cache, or on this unit's own disk
 * </pre>
 */
final class Checks {
    private static final Set<Capability> CHECK_INS = Set.of(Capability.CHECK_INS);
    private static final Set<Capability> DOWNLOADS = Set.of(Capability.DOWNLOADS);
    private static final Set<String> WRITES = Set.of("database", "check-ins");

    private Checks() {}

    /** @param schema of the database that is in use at the moment */
    static List<ReadinessCheck> of(Supplier<Schema> schema, boolean schemaIsCurrent, Storage storage, Clients clients) {
        StoreRegistry stores = storage.stores();
        return List.of(
                new ReadinessCheck(
                        "database", CHECK_INS, () -> clients.probe().check().map(Checks::fault)),
                ReadinessCheck.once(
                        "schema", Capability.ALL, () -> schemaIsCurrent ? Optional.empty() : pending(schema.get())),
                ReadinessCheck.once("signing-keys", Capability.ALL, () -> loaded(clients.keys())),
                new ReadinessCheck(
                        "catalog",
                        Capability.ALL,
                        () -> storage.catalog().loaded()
                                ? Optional.empty()
                                : Optional.of(Fault.passing("not read yet"))),
                new ReadinessCheck(
                        "check-ins",
                        CHECK_INS,
                        () -> clients.checkIns().refusal().map(Checks::fault)),
                ReadinessCheck.once("patch-storage", DOWNLOADS, () -> resolve(stores)),
                new ReadinessCheck(
                        "store", () -> stores.caches() ? Set.of() : DOWNLOADS, () -> fault(stores.health())));
    }

    private static Optional<Fault> resolve(StoreRegistry stores) {
        try {
            stores.resolve();
            return Optional.empty();
        } catch (StoreRefusedException e) {
            return Optional.of(Fault.lasting(String.valueOf(e.getMessage())));
        }
    }

    /**
     * Opens the listener once one of the capabilities is available. A process whose settings the store refuses leaves a shared port to a
     * sibling that serves on it: it may have been started to try a new key, which is wrong, while the sibling has the valid one.
     */
    static ReadinessCheck opening(HttpServer http, ServerConfig settings, StoreRegistry stores) {
        return new ReadinessCheck("listener", Capability.ALL, () -> {
            if (settings.reusePort() && stores.health().lasting() && ListenerBinding.isServed(settings)) {
                return Optional.of(Fault.lasting("the store refuses the settings of this process, and another process"
                        + " serves on port " + http.port()));
            }
            return ListenerBinding.listen(http).map(Fault::passing);
        });
    }

    /** Adds the gauges of readiness. */
    static void measure(Metrics metrics, Readiness readiness) {
        metrics.gauge(
                "ready_check_ins",
                "1 while check-ins and enrolments can be recorded, else 0.",
                () -> possible(readiness, Capability.CHECK_INS));
        metrics.gauge(
                "ready_downloads",
                "1 while patches can be sent, else 0.",
                () -> possible(readiness, Capability.DOWNLOADS));
    }

    private static int possible(Readiness readiness, Capability capability) {
        return readiness.report().of(capability).possible() ? 1 : 0;
    }

    /** Whether the database is known to be unreachable or to refuse writes; from memory. */
    static boolean writesRefused(Readiness readiness) {
        Readiness.Report report = readiness.report();
        return report.of(Capability.CHECK_INS) instanceof Availability.Impossible no
                && no.cause() != Availability.Cause.STARTING
                && report.parts().stream().anyMatch(part -> part.fault().isPresent() && WRITES.contains(part.name()));
    }

    private static Fault fault(DatabaseFault fault) {
        return new Fault(fault.text(), fault.kind() == DatabaseFault.Kind.SETTINGS);
    }

    private static Optional<Fault> fault(StoreHealth health) {
        return health.problem().map(problem -> new Fault(problem, health.lasting()));
    }

    private static Optional<Fault> pending(Schema schema) {
        try {
            SchemaStatus status = schema.status();
            return status.current() ? Optional.empty() : Optional.of(Fault.lasting(unusable(status)));
        } catch (SchemaException.Refused e) {
            return Optional.of(Fault.lasting(String.valueOf(e.getMessage())));
        }
    }

    static String unusable(SchemaStatus status) {
        return status + ", and this program needs " + String.join(", ", status.pending())
                + "; run 'livepatch-schema-tool upgrade' with LP_DATABASE_CONNECTION_STRING set to this database";
    }

    private static Optional<Fault> loaded(SigningKeys keys) {
        keys.load();
        return Optional.empty();
    }
}
