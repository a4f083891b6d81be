package io.livepatch.server.migration;

import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.database.Database;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.integrity.Verification;
import io.livepatch.server.placement.CopyDao;
import io.livepatch.server.placement.StoreDao;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.server.unit.AdminChangeFilter.AdminChange;
import io.livepatch.storage.StoreType;
import io.livepatch.storage.cache.CachedPatchStore;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The routes of storage. Each request for long work takes one step of a few seconds. Public because Jersey must see it. */
@Path("/v1/admin/storage")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class StorageResource {
    /** Long enough that the overhead of a step does not matter, short enough to show progress. */
    private static final Duration STEP_BUDGET = Duration.ofSeconds(2);

    private final StorageReport report;
    private final Verification verification;
    private final Migration migration;

    /** Assembles the services of the routes; {@code onSwitch} is called after a migration switched to another store. */
    public static StorageResource of(
            Database database, StoreRegistry stores, IntegrityService integrity, Runnable onSwitch) {
        Migration migration = new Migration(database, stores, integrity, onSwitch);
        return new StorageResource(
                new StorageReport(database, stores, migration),
                new Verification(database, integrity, stores),
                migration);
    }

    private StorageResource(StorageReport report, Verification verification, Migration migration) {
        this.report = report;
        this.verification = verification;
        this.migration = migration;
    }

    /** The file name that the step starts after. */
    public record VerificationRequest(@Nullable String after) {}

    /** The type of the target, and the cursor of the last step. */
    public record MigrationRequest(
            @Nullable String to,
            @Nullable Boolean dryRun,
            @Nullable UncheckedCursor next) {}

    /** A {@link MigrationStatus.Cursor} as the client sent it. */
    public record UncheckedCursor(
            @Nullable String after, @Nullable Integer copied) {}

    @GET
    public StorageReport.Status status() {
        return report.status();
    }

    @POST
    @Path("verification")
    @Consumes(MediaType.APPLICATION_JSON)
    public Verification.Step verify(@Nullable VerificationRequest request) {
        String after = RequestChecks.body(request).after();
        return verification.step(
                RequestChecks.bounded("after", after == null ? "" : after, MigrationStatus.Cursor.MAX_LENGTH),
                STEP_BUDGET);
    }

    @POST
    @Path("migration")
    @AdminChange
    @Consumes(MediaType.APPLICATION_JSON)
    public MigrationStatus migrate(@Nullable MigrationRequest request) {
        MigrationRequest body = RequestChecks.body(request);
        StoreType to = type(RequestChecks.required("to", body.to()));
        if (Boolean.TRUE.equals(body.dryRun())) {
            return migration.plan(to);
        }
        return migration.step(to, cursor(body.next()), STEP_BUDGET);
    }

    private static StoreType type(String text) {
        return StoreType.parse(text)
                .orElseThrow(() -> new ProblemException.BadRequest(
                        "field 'to' is not a type of store; the types are " + String.join(", ", StoreType.names())));
    }

    private static MigrationStatus.Cursor cursor(@Nullable UncheckedCursor next) {
        if (next == null) {
            return MigrationStatus.Cursor.START;
        }
        String after = RequestChecks.bounded(
                "next.after", RequestChecks.required("next.after", next.after()), MigrationStatus.Cursor.MAX_LENGTH);
        int copied = RequestChecks.required("next.copied", next.copied());
        if (copied < 0) {
            throw new ProblemException.BadRequest("field 'next.copied' must not be negative");
        }
        return new MigrationStatus.Cursor(after, copied);
    }

    /** Reads the status of storage from the database and this unit's stores. */
    static final class StorageReport {
        private static final int MAX_DAMAGED = 1000;

        private final CopyDao dao;
        private final StoreDao storeDao;
        private final StoreRegistry stores;
        private final Migration migration;

        StorageReport(Database database, StoreRegistry stores, Migration migration) {
            this.dao = database.dao(CopyDao.class);
            this.storeDao = database.dao(StoreDao.class);
            this.stores = stores;
            this.migration = migration;
        }

        /**
         * The status.
         *
         * @param type of the active store
         * @param configured the type in the configuration of this unit
         * @param problem why patches cannot be stored or served now
         * @param verified copies in the active store
         * @param damaged patches that are not offered because their bytes are lost or wrong, the first thousand
         * @param copies in other stores
         * @param moving whether a migration takes a step now
         * @param cache statistics of this unit's cache, if it has one
         */
        public record Status(
                String type,
                String configured,
                boolean shared,
                Optional<Instant> since,
                Optional<String> movedFrom,
                Optional<String> problem,
                long patches,
                long bytes,
                CopyDao.Verified verified,
                List<CopyDao.DamagedCopy> damaged,
                List<CopyDao.StoreSum> copies,
                boolean moving,
                Optional<CachedPatchStore.Statistics> cache) {}

        Status status() {
            StoreType type = stores.readActiveType();
            Optional<StoreDao.Row> row = storeDao.activeStore();
            CopyDao.Sum all = dao.sum();
            return new Status(
                    type.text(),
                    stores.configuredType().text(),
                    type.shared(),
                    row.map(StoreDao.Row::since),
                    row.map(StoreDao.Row::movedFrom),
                    stores.health().problem(),
                    all.patches(),
                    all.bytes(),
                    dao.verified(type.text()),
                    dao.damagedCopies(type.text(), MAX_DAMAGED),
                    dao.sumsInOtherStores(type.text()),
                    migration.running(),
                    stores.cacheStatistics());
        }
    }
}
