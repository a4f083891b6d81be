package io.livepatch.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import io.livepatch.testing.FaultProxy;
import io.livepatch.testing.S3Account;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** Network faults between the store and its server, and killed processes. */
final class S3FaultsIT {
    private static final PatchName NAME = Patches.name(0);
    private static final byte[] BYTES = Patches.bytes(300_000, 1);
    private static final byte[] OTHER_BYTES = Patches.bytes(300_000, 2);
    private static final int LARGE = 12 << 20;

    private final S3Account account = S3Account.ofTests();
    private final String bucket = account.newBucket();
    private final FaultProxy proxy = FaultProxy.start(account.endpoint());
    private final S3Client client = account.client();

    @TempDir
    private Path spool;

    private PatchStore store;
    private PatchStore direct;

    @BeforeEach
    void open() {
        store = through(S3Timeouts.DEFAULT);
        direct = S3PatchStore.open(account.config(bucket, "", spool));
    }

    @AfterEach
    void close() {
        store.close();
        direct.close();
        client.close();
        proxy.close();
        // The server may still process a request of a killed client.
        await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> {
            account.removeBucket(bucket);
            return true;
        });
    }

    private PatchStore through(S3Timeouts timeouts) {
        return S3PatchStore.open(account.through(proxy).config(bucket, "", spool), timeouts);
    }

    private void assertNothingStored() {
        assertThat(direct.open(NAME)).isEmpty();
        try (Stream<PatchName> names = direct.list()) {
            assertThat(names).isEmpty();
        }
        assertThat(client.listMultipartUploads(request -> request.bucket(bucket))
                        .uploads())
                .isEmpty();
    }

    private void assertUnavailable(PatchStore store) {
        List<Callable<?>> uses = List.of(
                () -> Patches.put(store, NAME, BYTES),
                () -> store.open(NAME),
                () -> store.list(),
                () -> store.delete(NAME),
                () -> store.verify(NAME));
        for (Callable<?> use : uses) {
            assertThatThrownBy(use::call)
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(bucket, proxy.endpoint().toString());
        }
        assertThat(store.check().problem())
                .hasValueSatisfying(problem ->
                        assertThat(problem).contains(proxy.endpoint().toString(), "check that the server runs"));
        assertThat(store.check().lasting()).isFalse();
    }

    @Test
    void refusedConnectionsAreUnavailableUntilTheServerIsBack() {
        proxy.refuse();
        assertUnavailable(store);

        proxy.pass();
        await().until(() -> store.check().ok());
        assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
        assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
    }

    @Test
    void hangingServerIsUnavailable() {
        proxy.hang();
        try (PatchStore shortTimeouts = through(S3Stores.SHORT)) {
            assertUnavailable(shortTimeouts);
        }
    }

    @Test
    void slowServerIsUsed() {
        byte[] small = Patches.bytes(50_000, 1);
        Patches.put(direct, NAME, small);
        proxy.slow(100_000);

        assertThat(Patches.read(store, NAME)).isEqualTo(small);
    }

    @Test
    void readThatHangsFails() throws IOException {
        byte[] large = Patches.bytes(8 << 20, 1);
        Patches.put(direct, NAME, large);

        try (PatchStore shortRead = through(S3Stores.SHORT_READ);
                PatchContent content = shortRead.open(NAME).orElseThrow();
                InputStream bytes = content.read(0, large.length)) {
            bytes.readNBytes(1000);
            proxy.hang();
            assertThatThrownBy(() -> Sha256.of(bytes))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(NAME.fileName(), "broke off before byte");
        }
    }

    @Test
    void brokenReadIsResumed() {
        Patches.put(direct, NAME, BYTES);
        proxy.cutAnswersAfter(100_000);

        assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        assertThat(proxy.requests("GET")).isEqualTo(3);
    }

    @Test
    void readThatBreaksTooOftenFails() throws IOException {
        Patches.put(direct, NAME, BYTES);
        proxy.cutAnswersAfter(10_000);

        try (PatchContent content = store.open(NAME).orElseThrow();
                InputStream bytes = content.read(0, BYTES.length)) {
            assertThat(bytes.readNBytes(40_000)).hasSize(40_000);
            assertThatThrownBy(bytes::read)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("broke off before byte 40000");
        }
        assertThat(proxy.requests("GET")).isEqualTo(ObjectStream.RESUMPTIONS + 1);
    }

    @Test
    void readIsNotResumedWithOtherBytes() throws IOException {
        Patches.put(direct, NAME, BYTES);
        proxy.cutAnswersAfter(100_000);

        try (PatchContent content = store.open(NAME).orElseThrow();
                InputStream bytes = content.read(0, BYTES.length)) {
            bytes.readNBytes(50_000);
            direct.delete(NAME);
            Patches.put(direct, NAME, OTHER_BYTES);
            assertThatThrownBy(() -> Sha256.of(bytes))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("deleted meanwhile");
            assertThatThrownBy(() -> content.read(0, BYTES.length)).isInstanceOf(StoreException.NotFound.class);
        }
    }

    @Test
    void wrongBytesAreDetected() throws IOException {
        Patches.put(direct, NAME, BYTES);
        proxy.corruptAt(1000);

        assertThatThrownBy(() -> store.verify(NAME)).isInstanceOf(StoreException.Corrupt.class);
        try (PatchContent content = store.open(NAME).orElseThrow();
                InputStream bytes = content.read(0, BYTES.length)) {
            assertThat(Sha256.of(bytes)).isNotEqualTo(content.patch().sha256());
        }
    }

    @Test
    void brokenPutLeavesNothing() {
        proxy.cutRequestsAfter(100_000);

        assertThatThrownBy(() -> Patches.put(store, NAME, BYTES)).isInstanceOf(StoreException.Unavailable.class);
        assertNothingStored();
    }

    @Test
    void brokenPutOfALargePatchLeavesNothing() {
        proxy.cutRequestsAfter(1 << 20);

        assertThatThrownBy(this::putLarge).isInstanceOf(StoreException.Unavailable.class);
        assertNothingStored();
    }

    @Test
    void putWhoseAnswerIsLostRecognizesItsObject() {
        proxy.loseAnswer(line -> line.startsWith("PUT ") && line.contains(NAME.fileName()));

        assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
        assertThat(proxy.requests())
                .filteredOn(line -> line.startsWith("PUT ") && line.contains(NAME.fileName()))
                .hasSize(2);
        assertThat(Patches.put(store, NAME, BYTES).created()).isFalse();
    }

    @Test
    void largePatchIsSentByOneRequest() throws IOException {
        assertThat(putLarge().created()).isTrue();

        assertThat(proxy.requests())
                .filteredOn(line -> line.contains(NAME.fileName()) && !line.startsWith("HEAD "))
                .hasSize(1)
                .allMatch(line -> line.startsWith("PUT "));
        assertThat(store.verify(NAME).size()).isEqualTo(LARGE);
    }

    @Test
    void putOfALargePatchWhoseAnswerIsLostRecognizesItsObject() throws IOException {
        proxy.loseAnswer(line -> line.startsWith("PUT ") && line.contains(NAME.fileName()));

        assertThat(putLarge().created()).isTrue();
        assertThat(store.verify(NAME).size()).isEqualTo(LARGE);
    }

    private PatchStore.PutResult putLarge() throws IOException {
        try (InputStream source = Patches.source(LARGE, 1)) {
            return store.put(NAME, source, Patches.sha256(LARGE, 1));
        }
    }

    @Test
    void killedProcessLeavesNothing() throws Exception {
        // Slow enough that the process is killed during its request.
        int size = 2 << 20;
        proxy.slow(320_000);
        Process process = PutProcess.start(account.through(proxy), bucket, spool, size);
        try {
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                assertThat(process.isAlive()).isTrue();
                return proxy.requests().stream()
                        .anyMatch(line -> line.startsWith("PUT ") && line.contains(NAME.fileName()));
            });
        } finally {
            process.destroyForcibly().waitFor();
        }
        // The kernel delivers what the process wrote before it was killed; a reset drops it.
        proxy.refuse();
        proxy.pass();

        try (PatchStore next = S3PatchStore.open(account.config(bucket, "", spool))) {
            assertThat(next.check().ok()).isTrue();
        }
        assertNothingStored();
        assertThat(spool).isEmptyDirectory();
    }

    /** 64 MiB with a heap of 48 MiB. Not more, since the S3 server of the tests holds a request in memory. */
    @Test
    void patchLargerThanTheHeapIsStored() throws Exception {
        int size = 64 << 20;
        Process process = PutProcess.start(account, bucket, spool, size);

        assertThat(process.waitFor()).isZero();

        assertThat(direct.open(NAME).orElseThrow().patch().size()).isEqualTo(size);
    }
}
