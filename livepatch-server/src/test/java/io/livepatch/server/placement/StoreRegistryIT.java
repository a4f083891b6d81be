package io.livepatch.server.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.TestDatabase;
import io.livepatch.server.catalog.LiveCatalog;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.io.ByteArrayInputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Units agree on the active store. */
final class StoreRegistryIT {
    private static final PatchName NAME = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
    private static final byte[] BYTES = {1, 2, 3};
    private static final Patch PATCH = new Patch(NAME, 3, Sha256.of(BYTES));

    private final TestDatabase database = TestDatabase.fresh();
    private final Map<StoreType, PatchStore> sharedStores = new ConcurrentHashMap<>();
    private final Map<String, PatchStore> disks = new ConcurrentHashMap<>();
    private final List<StoreRegistry> units = new ArrayList<>();

    @AfterEach
    void close() {
        units.forEach(StoreRegistry::close);
        database.close();
    }

    private StoreRegistry unit(StoreType configured) {
        return unit("livepatch/0", configured);
    }

    private StoreRegistry unit(String name, StoreType configured) {
        StoreRegistry.Opener opener = type -> type == StoreType.FILESYSTEM ? disk(name) : sharedStore(type);
        StoreRegistry stores = new StoreRegistry(
                database.database(),
                new StoreRegistry.Settings(configured, name, Optional.empty()),
                opener,
                InstantSource.system());
        units.add(stores);
        return stores;
    }

    private PatchStore disk(String unit) {
        return disks.computeIfAbsent(unit, _ -> new MemoryPatchStore());
    }

    private PatchStore sharedStore(StoreType type) {
        return sharedStores.computeIfAbsent(type, _ -> new MemoryPatchStore());
    }

    private StoreRegistry resolved(StoreType configured) {
        StoreRegistry stores = unit(configured);
        stores.resolve();
        return stores;
    }

    private void move(String from, String to) {
        database.jdbi()
                .useHandle(handle ->
                        handle.execute("update patch_store set type = ?, moved_from = ?, unit = null", to, from));
    }

    @Test
    void firstUnitRecordsItsStore() {
        assertThat(resolved(StoreType.POSTGRES).activeType()).isEqualTo(StoreType.POSTGRES);

        assertThat(database.value("select type from patch_store")).isEqualTo("postgres");
    }

    @Test
    void emptyDeploymentMayChangeItsStore() {
        resolved(StoreType.FILESYSTEM);

        assertThat(resolved(StoreType.S3).activeType()).isEqualTo(StoreType.S3);
        assertThat(resolved(StoreType.S3).activeType()).isEqualTo(StoreType.S3);
    }

    @Test
    void deploymentWithPatchesMayNotChangeItsStore() {
        resolved(StoreType.FILESYSTEM);
        database.insertPatch(NAME.fileName(), "edge");

        assertThatThrownBy(() -> resolved(StoreType.S3))
                .isInstanceOf(StoreRefusedException.class)
                .hasMessageContaining("the patches (1) are in 'filesystem'");
        assertThat(database.value("select type from patch_store")).isEqualTo("filesystem");
    }

    @Test
    void runningUnitFollowsAMigrationThroughTheCatalog() {
        StoreRegistry stores = resolved(StoreType.FILESYSTEM);
        try (DatabaseEvents events = new DatabaseEvents(database.database(), DatabaseEvents.CATCH_UP)) {
            LiveCatalog catalog =
                    new LiveCatalog(database.database(), events, InstantSource.system(), stores::switchTo);
            catalog.subscribe();
            TestDatabase.startAndAwait(events);

            move("filesystem", "s3");

            await().until(() -> stores.activeType() == StoreType.S3);
        }
    }

    @Test
    void unitThatMissedAMigrationFindsLaterPatches() {
        StoreRegistry stores = resolved(StoreType.FILESYSTEM);
        sharedStore(StoreType.S3).put(NAME, new ByteArrayInputStream(BYTES), PATCH.sha256());
        assertThat(stores.open(PATCH)).isEmpty();

        move("filesystem", "s3");

        Optional<PatchContent> content = stores.open(PATCH);
        assertThat(content).isPresent();
        content.orElseThrow().close();
        assertThat(stores.activeType()).isEqualTo(StoreType.S3);
    }

    @Test
    void storeThatCannotBeOpenedIsAProblem() {
        StoreRegistry stores = new StoreRegistry(
                database.database(),
                new StoreRegistry.Settings(StoreType.FILESYSTEM, "livepatch/0", Optional.empty()),
                type -> {
                    if (type == StoreType.FILESYSTEM) {
                        return disk("livepatch/0");
                    }
                    throw new StoreException.Unavailable("there is no bucket", null);
                },
                InstantSource.system());
        units.add(stores);
        stores.resolve();
        assertThat(stores.health().problem()).isEmpty();

        stores.switchTo(new StoreLocation(StoreType.S3, Optional.empty()));

        assertThat(stores.health().problem()).contains("there is no bucket");
    }

    @Test
    void secondUnitWithItsOwnDiskIsRefusedOnceThereArePatches() {
        resolved(StoreType.FILESYSTEM);
        storePatch("livepatch/0");

        StoreRegistry second = unit("livepatch/1", StoreType.FILESYSTEM);

        assertThatThrownBy(second::resolve)
                .isInstanceOf(StoreRefusedException.class)
                .hasMessageContainingAll(
                        "on the disk of unit 'livepatch/0' alone",
                        "unit 'livepatch/1'",
                        NAME.fileName(),
                        "storage migrate --to postgres",
                        "storage adopt");
        assertThat(database.value("select unit from patch_store")).isEqualTo("livepatch/0");
    }

    @Test
    void unitThatTookOverTheDiskOfAnotherIsAccepted() {
        resolved(StoreType.FILESYSTEM);
        storePatch("livepatch/0");
        disks.put("livepatch/1", disk("livepatch/0"));

        StoreRegistry successor = unit("livepatch/1", StoreType.FILESYSTEM);
        successor.resolve();

        assertThat(database.value("select unit from patch_store")).isEqualTo("livepatch/1");
        assertThat(successor.health().problem()).isEmpty();
    }

    @Test
    void unitWhoseDiskIsNoLongerActiveNeitherServesNorStores() {
        StoreRegistry first = resolved(StoreType.FILESYSTEM);
        StoreRegistry second = unit("livepatch/1", StoreType.FILESYSTEM);
        second.resolve();

        assertThat(first.readActiveType()).isEqualTo(StoreType.FILESYSTEM);
        assertThatThrownBy(first::activeStore)
                .isInstanceOf(StoreException.Unavailable.class)
                .hasMessageContaining("on the disk of unit 'livepatch/1' alone");
        assertThat(first.health().problem()).isPresent();
        assertThat(second.health().problem()).isEmpty();
    }

    @Test
    void lostDiskIsReplacedOnlyByAClaim() {
        resolved(StoreType.FILESYSTEM);
        storePatch("livepatch/0");
        StoreRegistry successor = unit("livepatch/1", StoreType.FILESYSTEM);
        assertThatThrownBy(successor::resolve).isInstanceOf(StoreRefusedException.class);

        successor.claim();
        successor.resolve();

        assertThat(successor.health().problem()).isEmpty();
    }

    private void storePatch(String unit) {
        disk(unit).put(NAME, new ByteArrayInputStream(BYTES), PATCH.sha256());
        database.insertPatch(NAME.fileName(), "edge");
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "update patches set sha256 = ?, size = ?",
                        PATCH.sha256().bytes(),
                        PATCH.size()));
    }
}
