package io.livepatch.server.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.AdminApi;
import io.livepatch.server.TestDatabase;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class PatchRaceIT {
    private static final PatchName NAME = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");

    @Test
    void removalBetweenTheLookAtTheBytesAndTheRowWaitsForTheRow() {
        CompletableFuture<Integer> removal = new CompletableFuture<>();
        AtomicReference<Runnable> afterLook = new AtomicReference<>(() -> {});
        try (TestDatabase database = TestDatabase.fresh();
                PatchStore store = new HookedStore(
                        new MemoryPatchStore(),
                        () -> afterLook.getAndSet(() -> {}).run());
                AdminApi api = new AdminApi(database.database(), store, InstantSource.system(), 100).logIn()) {
            afterLook.set(() -> {
                Thread.startVirtualThread(() -> removal.complete(
                        api.call("DELETE", "/patches/" + NAME, "").status()));
                await().until(() -> removal.isDone() || waitsForTheName(database));
            });

            assertThat(api.upload(NAME.fileName(), new byte[] {1}).status()).isEqualTo(201);
            assertThat(removal.join()).isIn(204, 404);

            try (Stream<PatchName> bytes = store.list()) {
                assertThat(bytes).as("the row has its bytes").containsExactly(NAME);
            }
        }
    }

    private static boolean waitsForTheName(TestDatabase database) {
        return !database.value("""
                        select count(*) from pg_locks where locktype = 'advisory' and not granted
                        and database = (select oid from pg_database where datname = current_database())""").equals("0");
    }

    /** Calls back after each {@link #open}, with its answer already known. */
    private record HookedStore(PatchStore store, Runnable afterOpen) implements PatchStore {
        @Override
        public PutResult put(PatchName name, InputStream source, Sha256 expected) {
            return store.put(name, source, expected);
        }

        @Override
        public Optional<PatchContent> open(PatchName name) {
            Optional<PatchContent> content = store.open(name);
            afterOpen.run();
            return content;
        }

        @Override
        public Stream<PatchName> list() {
            return store.list();
        }

        @Override
        public boolean delete(PatchName name) {
            return store.delete(name);
        }

        @Override
        public Patch verify(PatchName name) {
            return store.verify(name);
        }

        @Override
        public Optional<URI> directUrl(PatchName name, Duration ttl) {
            return store.directUrl(name, ttl);
        }

        @Override
        public boolean shared() {
            return store.shared();
        }

        @Override
        public StoreHealth check() {
            return store.check();
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
