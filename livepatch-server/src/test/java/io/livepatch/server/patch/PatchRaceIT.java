package io.livepatch.server.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.AdminApi;
import io.livepatch.server.TestDatabase;
import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class PatchRaceIT {
    private static final PatchName NAME = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");

    @Test
    void removalBetweenTheCheckOfTheBytesAndTheRowWaitsForTheRow() {
        CompletableFuture<Integer> removal = new CompletableFuture<>();
        AtomicReference<Runnable> afterLook = new AtomicReference<>(() -> {});
        try (TestDatabase database = TestDatabase.fresh();
                PatchStore store = new HookedStore(
                        new MemoryPatchStore(),
                        () -> afterLook.getAndSet(() -> {}).run());
                AdminApi api = new AdminApi(database.database(), store, InstantSource.system(), 1 << 20).logIn()) {
            afterLook.set(() -> {
                Thread.startVirtualThread(() -> removal.complete(
                        api.call("DELETE", "/patches/" + NAME, "").status()));
                await().until(() -> removal.isDone() || waitsForTheName(database));
            });

            assertThat(api.upload(NAME.fileName(), PatchFiles.bytes(NAME, 1)).status())
                    .isEqualTo(201);
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

    /** Calls back after each {@link #open}, before it returns. */
    private record HookedStore(PatchStore delegate, Runnable afterOpen) implements ForwardingPatchStore {
        @Override
        public Optional<PatchContent> open(PatchName name) {
            Optional<PatchContent> content = delegate.open(name);
            afterOpen.run();
            return content;
        }
    }
}
