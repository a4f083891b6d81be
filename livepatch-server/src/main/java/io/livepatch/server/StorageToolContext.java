package io.livepatch.server;

import io.livepatch.server.admin.StorageTask.StorageApi;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.database.Database;
import io.livepatch.server.http.ApiJson;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.migration.MigrationStatus;
import io.livepatch.server.migration.StorageResource;
import io.livepatch.server.placement.StoreFactory;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.schema.Schema;
import io.livepatch.server.schema.SchemaException;
import io.livepatch.server.schema.SchemaStatus;
import io.livepatch.server.unit.UnitRegistry;
import java.time.InstantSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The parts of a server that {@link StorageCommand} needs. */
record StorageToolContext(Database database, StoreRegistry.Opener opener, StoreRegistry stores, StorageApi api)
        implements AutoCloseable {
    /**
     * Assembles the parts; opens no store yet.
     *
     * @throws StartException if the database cannot be used
     */
    static StorageToolContext open(UnitConfig config, StoreRegistry.Opener opener, InstantSource clock) {
        requireCurrent(new Schema(config.database().dsn()));
        Database database = Database.of("livepatch-storage", config.database());
        // The cache is that of the server on this machine, so a verification includes its copies.
        StoreRegistry stores = new StoreRegistry(database, StoreFactory.settings(config), opener, clock);
        // Without a catalog in memory, so changes need no callback.
        Runnable onChange = () -> {};
        IntegrityService integrity = new IntegrityService(database, stores, onChange);
        StorageResource resource = StorageResource.of(database, stores, integrity, onChange);
        // This process does not register itself: it only reads which units have a change.
        UnitRegistry units = new UnitRegistry(
                database, config.server().unit(), config.server().changeWait());
        return new StorageToolContext(database, opener, stores, new LocalApi(resource, units));
    }

    private static void requireCurrent(Schema schema) {
        try {
            SchemaStatus status = schema.status();
            if (!status.current()) {
                throw new StartException(status + ", and this program needs " + String.join(", ", status.pending())
                        + "; run 'livepatch-schema-tool upgrade' first");
            }
        } catch (SchemaException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The resource without HTTP. Its answer to a switch of the store names the units that have it, as over HTTP. */
    private record LocalApi(StorageResource resource, UnitRegistry units) implements StorageApi {
        @Override
        public JsonNode status() {
            return ApiJson.mapper().valueToTree(resource.status());
        }

        @Override
        public JsonNode verify(ObjectNode body) {
            return ApiJson.mapper()
                    .valueToTree(resource.verify(
                            ApiJson.mapper().treeToValue(body, StorageResource.VerificationRequest.class)));
        }

        @Override
        public JsonNode migrate(ObjectNode body) {
            var request = ApiJson.mapper().treeToValue(body, StorageResource.MigrationRequest.class);
            MigrationStatus status = resource.migrate(request);
            boolean switched = status.state() == MigrationStatus.State.MOVED && !Boolean.TRUE.equals(request.dryRun());
            return ApiJson.mapper().valueToTree(switched ? units.withSeenBy(status) : status);
        }
    }

    @Override
    public void close() {
        stores.close();
        opener.close();
        database.close();
    }
}
