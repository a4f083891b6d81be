package io.livepatch.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.FailingSource;
import io.livepatch.storage.HeldSource;
import io.livepatch.storage.Patch;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fills: one for all concurrent callers, and their failures. */
final class CacheFillTest {
    private static final int SIZE = 300_000;
    private static final byte[] BYTES = Patches.bytes(SIZE, 0);
    private static final int CALLERS = 50;

    @TempDir
    private Path directory;

    private CacheFixture fixture;
    private Patch patch;

    @BeforeEach
    void storePatch() {
        fixture = new CacheFixture(directory);
        patch = fixture.patch(0, SIZE);
    }

    /** Starts threads that read the patch, and returns when all of them wait for the fill. */
    private List<Future<byte[]>> waiting(ExecutorService executor, CachedPatchStore cache) {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        List<Future<byte[]>> answers = IntStream.range(0, CALLERS)
                .mapToObj(_ -> executor.submit(() -> {
                    threads.add(Thread.currentThread());
                    return CacheFixture.read(cache, patch);
                }))
                .toList();
        await("all callers wait")
                .until(() -> threads.stream()
                                .filter(thread -> thread.getState() == Thread.State.TIMED_WAITING)
                                .count()
                        == CALLERS);
        return answers;
    }

    static Stream<ThreadFactory> threads() {
        return Stream.of(Thread.ofVirtual().factory(), Thread.ofPlatform().factory());
    }

    @ParameterizedTest
    @MethodSource("threads")
    void concurrentCallersShareOneReadOfTheStore(ThreadFactory threads) throws Exception {
        HeldSource slow = new HeldSource(BYTES, 100_000);
        try (CachedPatchStore cache = fixture.open();
                ExecutorService executor = Executors.newThreadPerTaskExecutor(threads)) {
            fixture.store.network(_ -> slow);
            List<Future<byte[]>> answers = waiting(executor, cache);
            slow.release();

            for (Future<byte[]> answer : answers) {
                assertThat(answer.get()).isEqualTo(BYTES);
            }
            assertThat(fixture.store.reads()).isEqualTo(1);
            assertThat(cache.statistics()).isEqualTo(new CachedPatchStore.Statistics(0, CALLERS, 1, 0, 0, 1, SIZE, 0));
        }
    }

    @Test
    void twoCachesOfOneProcessShareAFill() throws Exception {
        HeldSource slow = new HeldSource(BYTES, 100_000);
        try (CachedPatchStore first = fixture.open();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            fixture.store.network(_ -> slow);
            List<Future<byte[]>> one = waiting(executor, first);
            try (CachedPatchStore second = fixture.open()) {
                // This fill opens and closes the lock file, which must not release the lock of the first cache's fill.
                CacheFixture.read(second, fixture.patch(1, 10));
                List<Future<byte[]>> two = waiting(executor, second);
                slow.release();

                assertThat(one.getFirst().get()).isEqualTo(BYTES);
                assertThat(two.getFirst().get()).isEqualTo(BYTES);
                assertThat(fixture.store.reads())
                        .as("reads of the second cache: only the small patch")
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void concurrentReadsOfTheStoreAreLimited() throws Exception {
        int patches = 10;
        List<HeldSource> reading = new CopyOnWriteArrayList<>();
        List<Patch> wanted = IntStream.range(1, patches + 1)
                .mapToObj(i -> fixture.patch(i, 1000 + i))
                .toList();
        try (CachedPatchStore cache = fixture.open();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            fixture.store.network(bytes -> held(bytes, reading));
            List<Future<Integer>> answers = wanted.stream()
                    .map(each -> executor.submit(() -> CacheFixture.read(cache, each).length))
                    .toList();
            for (int done = 0; done < patches; done++) {
                int expected = Math.min(patches, done + 4);
                await("concurrent fills").until(() -> reading.size() >= expected);
                assertThat(reading).hasSize(expected);
                reading.get(done).release();
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isGreaterThan(1000);
            }
        }
    }

    private static HeldSource held(InputStream bytes, List<HeldSource> reading) {
        try (bytes) {
            HeldSource held = new HeldSource(bytes.readAllBytes(), 500);
            reading.add(held);
            return held;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void failedFillFailsAllItsCallersAndTheNextCallStartsAnotherFill() throws Exception {
        HeldSource slow = new HeldSource(BYTES, 100_000);
        try (CachedPatchStore cache = fixture.open();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            fixture.store.network(_ -> new SequenceInputStream(slow, new FailingSource(new byte[0])));
            List<Future<byte[]>> answers = waiting(executor, cache);
            slow.release();

            for (Future<byte[]> answer : answers) {
                assertThatThrownBy(answer::get)
                        .cause()
                        .isInstanceOf(StoreException.Unavailable.class)
                        .hasMessageContainingAll(patch.name().fileName(), FailingSource.REASON, "try again");
            }
            assertThat(fixture.store.reads()).isEqualTo(1);
            assertNextFillSucceeds(cache);
        }
    }

    private void assertNextFillSucceeds(CachedPatchStore cache) throws IOException {
        assertThat(fixture.incoming()).isEmpty();
        assertThat(fixture.entries()).isEmpty();
        fixture.store.network(bytes -> bytes);
        assertThat(CacheFixture.read(cache, patch)).isEqualTo(BYTES);
    }

    @Test
    void damagedPatchInTheStoreIsCorruptAndNotCached() throws IOException {
        try (CachedPatchStore cache = fixture.open()) {
            fixture.damage(patch);

            assertThatThrownBy(() -> cache.open(patch))
                    .isInstanceOf(StoreException.Corrupt.class)
                    .hasMessageContainingAll(
                            patch.name().fileName(), patch.sha256().hex(), "in memory");

            fixture.damage(patch);
            assertNextFillSucceeds(cache);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 150_000, SIZE - 1})
    void patchTruncatedInTransitIsNeitherCachedNorReportedAsCorrupt(int length) throws IOException {
        try (CachedPatchStore cache = fixture.open()) {
            fixture.store.network(_ -> new ByteArrayInputStream(BYTES, 0, length));

            assertThatThrownBy(() -> cache.open(patch))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(patch.name().fileName(), "its bytes in the store are right", "try again");
            assertNextFillSucceeds(cache);
        }
    }

    @Test
    void unexpectedExceptionOfTheStoreDoesNotAffectLaterFills() throws IOException {
        try (CachedPatchStore cache = fixture.open()) {
            fixture.store.network(_ -> {
                throw new IllegalArgumentException("a fault");
            });

            assertThatThrownBy(() -> cache.open(patch)).hasRootCauseMessage("a fault");
            assertNextFillSucceeds(cache);
        }
    }

    @Test
    void callerTimesOutAndTheFillContinues() {
        HeldSource slow = new HeldSource(BYTES, 100_000);
        CacheTimeouts shortFill = new CacheTimeouts(Duration.ofMillis(20), Duration.ofMinutes(5), Duration.ofHours(1));
        try (CachedPatchStore cache = fixture.open(1 << 30, shortFill)) {
            fixture.store.network(_ -> slow);

            assertThatThrownBy(() -> cache.open(patch))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(patch.name().fileName(), "try again");
            slow.release();
            await("the end of the fill").until(() -> fixture.entries().size() == 1);
            assertThat(fixture.store.reads()).isEqualTo(1);
        }
    }

    @Test
    void interruptOfOneCallerDoesNotAffectTheOthers() throws Exception {
        HeldSource slow = new HeldSource(BYTES, 100_000);
        try (CachedPatchStore cache = fixture.open();
                ExecutorService first = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            fixture.store.network(_ -> slow);
            Future<byte[]> interrupted = first.submit(() -> CacheFixture.read(cache, patch));
            slow.awaitReached();
            List<Future<byte[]>> answers = waiting(executor, cache);
            first.shutdownNow();
            assertThatThrownBy(interrupted::get)
                    .cause()
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("interrupted");
            slow.release();

            assertThat(answers.getFirst().get()).isEqualTo(BYTES);
            assertThat(fixture.store.reads()).isEqualTo(1);
        }
    }

    @Test
    void closeEndsAFillAndRemovesItsFile() throws Exception {
        HeldSource slow = new HeldSource(BYTES, 100_000);
        CachedPatchStore cache = fixture.open();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            fixture.store.network(_ -> slow);
            List<Future<byte[]>> answers = waiting(executor, cache);
            cache.close();

            assertThatThrownBy(answers.getFirst()::get).cause().isInstanceOf(StoreException.Unavailable.class);
            assertThat(fixture.incoming()).isEmpty();
            assertThat(fixture.entries()).isEmpty();
        }
    }

    @Test
    void stagedFileIsSyncedBeforeItBecomesAnEntry() throws IOException {
        Path events = Files.createTempFile("synced", ".jfr");
        try (CachedPatchStore cache = fixture.open();
                Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withoutThreshold().withoutStackTrace();
            recording.start();
            CacheFixture.read(cache, patch);
            recording.stop();
            recording.dump(events);

            assertThat(RecordingFile.readAllEvents(events))
                    .extracting(event -> event.getString("path"))
                    .singleElement(STRING)
                    .startsWith(directory
                            .resolve("incoming")
                            .resolve(patch.sha256().hex())
                            .toString());
        } finally {
            Files.delete(events);
        }
    }
}
