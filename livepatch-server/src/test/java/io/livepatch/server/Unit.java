package io.livepatch.server;

import io.livepatch.server.database.Database;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.integrity.Verification;
import io.livepatch.server.migration.Migration;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Patches;
import java.nio.file.Path;
import java.time.InstantSource;

/** The parts of a unit for stores, integrity and migration, on a database and two stores, and its admin API. */
public final class Unit implements AutoCloseable {
    public final TwoStores two;
    public final StoreRegistry stores;
    public final AdminApi api;
    public final IntegrityService integrity;
    public final Migration migration;
    public final Verification verification;

    public Unit(Database database, TwoStores two, InstantSource clock) {
        this.two = two;
        this.stores = two.stores(database);
        this.api = new AdminApi(database, stores, clock, 1 << 20).logIn();
        this.integrity =
                new IntegrityService(database, stores, () -> api.catalog().refresh());
        this.migration =
                new Migration(database, stores, integrity, () -> api.catalog().refresh());
        this.verification = new Verification(database, integrity, stores);
    }

    public Unit(Database database, Path directory) {
        this(database, new TwoStores(directory), InstantSource.system());
    }

    /** The bytes of the n-th patch, about 1000. */
    public static byte[] bytes(int n) {
        return PatchFiles.bytes(Patches.name(n), 2030 + n, n);
    }

    /** Uploads patches by number, {@code to} excluded. */
    public void upload(int from, int to) {
        for (int n = from; n < to; n++) {
            upload(n);
        }
    }

    public AdminApi.Answer upload(int n) {
        return api.upload(Patches.name(n).fileName(), bytes(n));
    }

    /** Whether machines may be offered the n-th patch. */
    public boolean offered(int n) {
        api.catalog().refresh();
        return api.catalog().find(Patches.name(n)).isPresent();
    }

    public static PatchName name(int n) {
        return Patches.name(n);
    }

    @Override
    public void close() {
        api.close();
        stores.close();
    }
}
