package io.livepatch.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.s3.UnconditionalServer.Action;
import io.livepatch.testing.S3Account;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Servers that honour {@code If-None-Match} in some requests only: of two patches under one name at most one is stored. */
final class S3ConditionsIT {
    private static final PatchName NAME = Patches.name(0);
    private static final int SIZE = 12 << 20;

    private final S3Account account = S3Account.ofTests();
    private final String bucket = account.newBucket();

    @TempDir
    private Path spool;

    @AfterEach
    void removeBucket() {
        account.removeBucket(bucket);
    }

    private PatchStore store(UnconditionalServer server) {
        return S3PatchStore.open(server.account().config(bucket, "", spool));
    }

    private static PatchStore.PutResult put(PatchStore store, PatchName name, int size, long seed) throws Exception {
        try (InputStream source = Patches.source(size, seed)) {
            return store.put(name, source, Patches.sha256(size, seed));
        }
    }

    /** As Ceph radosgw 16. */
    @Test
    void serverThatIgnoresTheConditionOfMultipartUploadsStoresOneOfTwo() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        try (UnconditionalServer server = UnconditionalServer.start(
                        account,
                        request -> request.is("POST", "uploadId="),
                        request -> request.is("PUT", NAME.fileName()) || request.is("POST", "uploads")
                                ? awaitBoth(both)
                                : Action.PASS);
                PatchStore one = store(server);
                PatchStore other = store(server);
                ExecutorService units = Executors.newVirtualThreadPerTaskExecutor()) {
            // After these puts both stores have checked the server, so that the next puts send nothing else.
            put(one, Patches.name(1), 1000, 1);
            put(other, Patches.name(2), 1000, 1);

            List<Future<PatchStore.PutResult>> puts = new ArrayList<>();
            puts.add(units.submit(() -> put(one, NAME, SIZE, 1)));
            puts.add(units.submit(() -> put(other, NAME, SIZE, 2)));

            List<PatchStore.PutResult> stored = new ArrayList<>();
            List<Throwable> refused = new ArrayList<>();
            for (Future<PatchStore.PutResult> put : puts) {
                try {
                    stored.add(put.get());
                } catch (ExecutionException e) {
                    refused.add(e.getCause());
                }
            }
            assertThat(refused).hasSize(1).hasOnlyElementsOfType(StoreException.Conflict.class);
            assertThat(stored).hasSize(1);
            assertThat(one.verify(NAME)).isEqualTo(stored.getFirst().patch());
        }
    }

    /** Waits until both requests have arrived. */
    private static Action awaitBoth(CountDownLatch both) {
        both.countDown();
        try {
            return both.await(30, TimeUnit.SECONDS) ? Action.PASS : Action.CLOSE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Action.CLOSE;
        }
    }

    /** A server may refuse a body before it has read it; the sending client then sees a reset and no answer. */
    @Test
    void serverThatClosesTheConnectionOfARefusedPutAcceptsLongPatches() throws Exception {
        try (S3Client client = account.client();
                UnconditionalServer server = UnconditionalServer.start(
                        account,
                        _ -> false,
                        request -> request.is("PUT", "conditional") && request.length() > 1 << 20
                                ? Action.CLOSE
                                : Action.PASS);
                PatchStore store = store(server)) {
            client.putObject(
                    request -> request.bucket(bucket).key(".conditional-put"), RequestBody.fromBytes(new byte[100]));

            assertThat(put(store, NAME, 2 << 20, 1).created()).isTrue();
        }
    }

    /** AWS answers 409 while another request for the same key is in progress, and asks for a retry. */
    @Test
    void conflictWithAConcurrentRequestIsRetried() throws Exception {
        Set<String> refused = ConcurrentHashMap.newKeySet();
        try (UnconditionalServer server = UnconditionalServer.start(
                        account,
                        _ -> false,
                        request ->
                                request.is("PUT", "") && refused.add(request.line()) ? Action.CONFLICT : Action.PASS);
                PatchStore store = store(server)) {
            assertThat(put(store, NAME, 1000, 1).created()).isTrue();
            store.delete(NAME);

            assertThat(store.open(NAME)).isEmpty();
            assertThat(refused).hasSizeGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void serverThatHonoursTheConditionOfEmptyPutsOnlyIsRefused() throws Exception {
        try (UnconditionalServer server = UnconditionalServer.start(
                        account, request -> request.is("PUT", "") && request.length() > 0, _ -> Action.PASS);
                S3Client client = account.client();
                PatchStore store = store(server)) {
            // The check of older versions.
            client.putObject(request -> request.bucket(bucket).key(".conditional-put"), RequestBody.empty());
            assertThatThrownBy(() -> put(store, NAME, 1000, 1))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll("ignores If-None-Match", "use a server that has conditional writes");
            assertThat(store.open(NAME)).isEmpty();
        }
    }

    @Test
    void serverThatHonoursTheConditionOfShortPutsOnlyIsRefusedForLongPatches() throws Exception {
        try (UnconditionalServer server = UnconditionalServer.start(
                        account, request -> request.is("PUT", "") && request.length() > 1 << 20, _ -> Action.PASS);
                PatchStore store = store(server)) {
            assertThat(put(store, Patches.name(1), 100_000, 1).created()).isTrue();
            assertThatThrownBy(() -> put(store, NAME, 2 << 20, 1))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll("ignores If-None-Match of a put of 2097152 bytes");
            assertThat(store.open(NAME)).isEmpty();
            assertThat(store.verify(Patches.name(1)).size()).isEqualTo(100_000);
        }
    }
}
