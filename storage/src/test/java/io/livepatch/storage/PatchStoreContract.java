package io.livepatch.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The tests of the contract of {@link PatchStore}. The test of a driver extends this and implements four methods; no test is skipped.
 */
public abstract class PatchStoreContract {
    private static final PatchName NAME = Patches.name(0);
    private static final PatchName OTHER = Patches.name(1);
    private static final byte[] BYTES = Patches.bytes(300_000, 1);
    private static final byte[] OTHER_BYTES = Patches.bytes(300_000, 2);
    private static final Sha256 DIGEST = Sha256.of(BYTES);
    private static final Sha256 OTHER_DIGEST = Sha256.of(OTHER_BYTES);
    private static final int LARGE = 16 << 20;
    private static final Sha256 LARGE_DIGEST = Patches.sha256(LARGE, 3);
    private static final int THREADS = 8;

    private PatchStore store;

    /**
     * The differences between drivers.
     *
     * @param shared several units may use the store at the same time
     * @param localFile content is a {@link PatchContent.LocalFile}
     * @param direct patches have a direct URL
     * @param keeps open content stays readable when the patch is deleted or the store is closed; otherwise reads may fail, but never return
     *     other bytes
     */
    public record Traits(boolean shared, boolean localFile, boolean direct, boolean keeps) {}

    /** Opens an empty store. */
    protected abstract PatchStore openEmpty() throws Exception;

    /** Opens the store of the last {@link #openEmpty} again, with its content. */
    protected abstract PatchStore reopen() throws Exception;

    /** Changes the bytes of a stored patch in the backend. */
    protected abstract void damage(PatchName name) throws Exception;

    protected abstract Traits traits();

    @BeforeEach
    final void openStore() throws Exception {
        store = openEmpty();
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    @Nested
    class Put {
        @Test
        void storesExactlyTheBytes() {
            PatchStore.PutResult result = put(store, NAME, BYTES);

            assertThat(result).isEqualTo(new PatchStore.PutResult(new Patch(NAME, BYTES.length, DIGEST), true));
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        }

        @Test
        void repeatedPutChangesNothing() {
            put(store, NAME, BYTES);

            PatchStore.PutResult again = put(store, NAME, BYTES);

            assertThat(again).isEqualTo(new PatchStore.PutResult(new Patch(NAME, BYTES.length, DIGEST), false));
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        }

        @Test
        void otherBytesUnderATakenNameAreAConflict() {
            put(store, NAME, BYTES);

            assertThatThrownBy(() -> put(store, NAME, OTHER_BYTES))
                    .isInstanceOf(StoreException.Conflict.class)
                    .hasMessageContainingAll(NAME.fileName(), DIGEST.hex(), OTHER_DIGEST.hex());
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        }

        @Test
        void wrongDigestIsRefusedAndLeavesNothing() {
            assertThatThrownBy(() -> store.put(NAME, new ByteArrayInputStream(BYTES), OTHER_DIGEST))
                    .isInstanceOf(StoreException.DigestMismatch.class)
                    .hasMessageContainingAll(DIGEST.hex(), OTHER_DIGEST.hex());
            assertNothingStored();
        }

        @Test
        void wrongBytesForAStoredDigestAreRefusedToo() {
            put(store, NAME, BYTES);

            assertThatThrownBy(() -> store.put(NAME, new ByteArrayInputStream(OTHER_BYTES), DIGEST))
                    .isInstanceOf(StoreException.DigestMismatch.class);
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 65_536, 200_000})
        void failingSourceIsReportedAndLeavesNothing(int delivered) {
            byte[] part = Patches.bytes(delivered, 1);

            assertThatThrownBy(() -> store.put(NAME, new FailingSource(part), DIGEST))
                    .isInstanceOf(StoreException.SourceFailed.class)
                    .hasMessageContainingAll(NAME.fileName(), FailingSource.REASON);
            assertNothingStored();
        }

        @Test
        void nameIsFreeAfterAFailure() {
            assertThatThrownBy(() -> store.put(NAME, new FailingSource(BYTES), OTHER_DIGEST))
                    .isInstanceOf(StoreException.SourceFailed.class);

            assertThat(put(store, NAME, OTHER_BYTES).created()).isTrue();
        }

        @Test
        void emptyPatchIsStored() {
            put(store, NAME, new byte[0]);

            assertThat(Patches.read(store, NAME)).isEmpty();
            assertThat(store.verify(NAME)).isEqualTo(new Patch(NAME, 0, Sha256.of(new byte[0])));
            assertThat(put(store, NAME, new byte[0]).created()).isFalse();
        }

        @Test
        void sixteenMebibytesAreStored() throws IOException {
            try (InputStream source = Patches.source(LARGE, 3)) {
                assertThat(store.put(NAME, source, LARGE_DIGEST).patch().size()).isEqualTo(LARGE);
            }
            assertThat(Arrays.mismatch(Patches.read(store, NAME), Patches.bytes(LARGE, 3)))
                    .as("the first byte that differs")
                    .isEqualTo(-1);
        }

        @Test
        void sourceIsNotClosed() {
            boolean[] closed = new boolean[1];
            InputStream source = new ByteArrayInputStream(BYTES) {
                @Override
                public void close() {
                    closed[0] = true;
                }
            };

            store.put(NAME, source, DIGEST);

            assertThat(closed[0]).isFalse();
        }

        @Test
        void unfinishedPutIsInvisible() throws Exception {
            HeldSource slow = new HeldSource(BYTES, 200_000);
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<PatchStore.PutResult> put = executor.submit(() -> store.put(NAME, slow, DIGEST));
                try {
                    slow.awaitReached();
                    assertNothingStored();
                } finally {
                    slow.release();
                }
                assertThat(put.get().created()).isTrue();
            }
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        }

        @Test
        void slowPutConflictsWithAFasterOneOfOtherBytes() throws Exception {
            HeldSource slow = new HeldSource(BYTES, 200_000);
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<PatchStore.PutResult> put = executor.submit(() -> store.put(NAME, slow, DIGEST));
                try {
                    slow.awaitReached();
                    put(store, NAME, OTHER_BYTES);
                } finally {
                    slow.release();
                }
                assertThatThrownBy(put::get).hasCauseInstanceOf(StoreException.Conflict.class);
            }
            assertThat(Patches.read(store, NAME)).isEqualTo(OTHER_BYTES);
        }

        @Test
        void concurrentPutsOfEqualBytesCreateOnce() throws Exception {
            int rounds = rounds(traits().localFile() ? 5 : 10);
            for (int round = 0; round < rounds; round++) {
                PatchName name = Patches.name(round);
                List<Boolean> created =
                        concurrently(_ -> put(store, name, BYTES).created());

                assertThat(created).filteredOn(once -> once).hasSize(1);
                assertThat(Patches.read(store, name)).isEqualTo(BYTES);
                store.delete(name);
            }
        }

        @Test
        void concurrentPutsOfDifferentBytesHaveOneWinner() throws Exception {
            int rounds = rounds(traits().localFile() ? 5 : 10);
            for (int round = 0; round < rounds; round++) {
                PatchName name = Patches.name(round);
                List<Optional<Sha256>> winners = concurrently(i -> {
                    try {
                        PatchStore.PutResult result = put(store, name, Patches.bytes(100_000, i));
                        assertThat(result.created()).isTrue();
                        return Optional.of(result.patch().sha256());
                    } catch (StoreException.Conflict e) {
                        return Optional.empty();
                    }
                });

                assertThat(winners).filteredOn(Optional::isPresent).hasSize(1);
                assertThat(winners).contains(Optional.of(store.verify(name).sha256()));
                store.delete(name);
            }
        }
    }

    @Nested
    class Get {
        @Test
        void absentPatchIsEmpty() {
            assertThat(store.open(NAME)).isEmpty();
        }

        @Test
        void contentHasNameSizeAndDigest() {
            put(store, NAME, BYTES);

            try (PatchContent content = store.open(NAME).orElseThrow()) {
                assertThat(content.patch()).isEqualTo(new Patch(NAME, BYTES.length, DIGEST));
            }
        }

        @Test
        void everyRangeHasItsBytes() throws IOException {
            put(store, NAME, BYTES);
            int[][] ranges = {
                {0, 0},
                {0, 1},
                {0, BYTES.length},
                {1, BYTES.length - 1},
                {BYTES.length - 1, 1},
                {BYTES.length, 0},
                {65_535, 2},
                {65_536, 131_072},
                {100_000, 150_001},
            };

            try (PatchContent content = store.open(NAME).orElseThrow()) {
                for (int[] range : ranges) {
                    try (InputStream bytes = content.read(range[0], range[1])) {
                        assertThat(bytes.readAllBytes())
                                .as("%d bytes from %d", range[1], range[0])
                                .isEqualTo(Arrays.copyOfRange(BYTES, range[0], range[0] + range[1]));
                        assertThat(bytes.read()).isEqualTo(-1);
                    }
                }
            }
        }

        @Test
        void rangeOutsideThePatchIsRefused() {
            put(store, NAME, BYTES);
            long[][] ranges = {
                {-1, 1},
                {0, -1},
                {0, BYTES.length + 1L},
                {BYTES.length, 1},
                {BYTES.length + 1L, 0},
                {1, Long.MAX_VALUE},
            };

            try (PatchContent content = store.open(NAME).orElseThrow()) {
                for (long[] range : ranges) {
                    assertThatThrownBy(() -> content.read(range[0], range[1]).close())
                            .as("%d bytes from %d", range[1], range[0])
                            .isInstanceOf(IndexOutOfBoundsException.class);
                }
            }
        }

        @Test
        void streamSkipsAndReadsSingleBytes() throws IOException {
            put(store, NAME, BYTES);

            try (PatchContent content = store.open(NAME).orElseThrow();
                    InputStream bytes = content.read(10, 1000)) {
                assertThat(bytes.read()).isEqualTo(BYTES[10] & 0xff);
                bytes.skipNBytes(500);
                assertThat(bytes.read()).isEqualTo(BYTES[511] & 0xff);
                assertThat(bytes.skip(Long.MAX_VALUE)).isEqualTo(498);
                assertThat(bytes.read()).isEqualTo(-1);
            }
        }

        @Test
        void twoStreamsOfOneContentAreIndependent() throws IOException {
            put(store, NAME, BYTES);

            try (PatchContent content = store.open(NAME).orElseThrow();
                    InputStream first = content.read(0, BYTES.length)) {
                first.skipNBytes(1000);
                try (InputStream second = content.read(0, BYTES.length)) {
                    assertThat(second.readAllBytes()).isEqualTo(BYTES);
                }
                assertThat(first.readAllBytes()).hasSize(BYTES.length - 1000);
            }
        }

        @Test
        void readerSurvivesDelete() throws IOException {
            put(store, NAME, BYTES);

            try (PatchContent content = store.open(NAME).orElseThrow();
                    InputStream begun = content.read(0, BYTES.length)) {
                begun.skipNBytes(1000);
                store.delete(NAME);
                put(store, NAME, OTHER_BYTES);

                assertReadsOrEnds(begun, Arrays.copyOfRange(BYTES, 1000, BYTES.length));
                assertReadsOrEnds(content);
            }
        }

        private void assertReadsOrEnds(PatchContent content) throws IOException {
            try (InputStream fresh = content.read(0, BYTES.length)) {
                assertReadsOrEnds(fresh, BYTES);
            } catch (StoreException.NotFound | IllegalStateException e) {
                assertThat(traits().keeps()).as("reading ended with %s", e).isFalse();
            }
        }

        private void assertReadsOrEnds(InputStream stream, byte[] expected) throws IOException {
            try {
                assertThat(Sha256.of(stream)).isEqualTo(digest(expected));
            } catch (IOException e) {
                assertThat(traits().keeps()).as("reading ended with %s", e).isFalse();
            }
        }

        @Test
        void contentStaysReadableWhenTheStoreIsClosed() throws IOException {
            put(store, NAME, BYTES);

            try (PatchContent content = store.open(NAME).orElseThrow()) {
                store.close();

                assertReadsOrEnds(content);
            }
        }

        @Test
        void localFileHoldsExactlyTheBytes() throws IOException {
            put(store, NAME, BYTES);

            try (PatchContent content = store.open(NAME).orElseThrow()) {
                assertThat(content instanceof PatchContent.LocalFile).isEqualTo(traits().localFile());
                if (content instanceof PatchContent.LocalFile file) {
                    assertThat(file.path()).hasBinaryContent(BYTES);
                    assertThat(file.fileKey())
                            .isEqualTo(Files.readAttributes(file.path(), BasicFileAttributes.class)
                                    .fileKey());
                    store.delete(NAME);
                    put(store, NAME, OTHER_BYTES);
                    assertThat(Files.exists(file.path()))
                            .as("other bytes never appear under the path of opened content")
                            .isFalse();
                }
            }
        }

        @Test
        void readsAreWholeDuringConcurrentPutsAndDeletes() throws Exception {
            List<byte[]> versions = List.of(BYTES, OTHER_BYTES);
            // A round with a remote store takes several times as long.
            int rounds = rounds(traits().localFile() ? 30 : 15);
            concurrently(i -> {
                for (int round = 0; round < rounds; round++) {
                    switch (i % 4) {
                        case 0, 1 -> catchConflict(() -> put(store, NAME, versions.get(i % 4)));
                        case 2 -> store.delete(NAME);
                        default -> readWhole(NAME);
                    }
                }
                return true;
            });

            readWhole(NAME);
        }

        private void catchConflict(Runnable put) {
            try {
                put.run();
            } catch (StoreException.Conflict e) {
                assertThat(e).hasMessageContaining(NAME.fileName());
            }
        }

        private void readWhole(PatchName name) {
            try (PatchContent content = store.open(name).orElse(null)) {
                if (content != null) {
                    Patch patch = content.patch();
                    assertThat(patch.sha256()).isIn(DIGEST, OTHER_DIGEST);
                    try (InputStream bytes = content.read(0, patch.size())) {
                        assertThat(bytes.readAllBytes())
                                .isEqualTo(patch.sha256().equals(DIGEST) ? BYTES : OTHER_BYTES);
                    } catch (StoreException.NotFound | IOException e) {
                        assertThat(traits().keeps())
                                .as("reading ended with %s", e)
                                .isFalse();
                    }
                }
            }
        }
    }

    @Nested
    class Delete {
        @Test
        void deletedPatchIsGone() {
            put(store, NAME, BYTES);
            put(store, OTHER, OTHER_BYTES);

            assertThat(store.delete(NAME)).isTrue();

            assertThat(store.open(NAME)).isEmpty();
            assertThat(names()).containsExactly(OTHER);
            assertThat(Patches.read(store, OTHER)).isEqualTo(OTHER_BYTES);
        }

        @Test
        void deleteOfAbsentPatchIsSilent() {
            assertThat(store.delete(NAME)).isFalse();
        }

        @Test
        void secondDeleteIsSilent() {
            put(store, NAME, BYTES);
            store.delete(NAME);

            assertThat(store.delete(NAME)).isFalse();
        }

        @Test
        void deletedNameAcceptsOtherBytes() {
            put(store, NAME, BYTES);
            store.delete(NAME);

            assertThat(put(store, NAME, OTHER_BYTES).created()).isTrue();
            assertThat(Patches.read(store, NAME)).isEqualTo(OTHER_BYTES);
        }

        @Test
        void exactlyOneOfConcurrentDeletesReturnsTrue() throws Exception {
            put(store, NAME, BYTES);

            assertThat(concurrently(_ -> store.delete(NAME)))
                    .filteredOn(deleted -> deleted)
                    .hasSize(1);
        }
    }

    @Nested
    class ListNames {
        @Test
        void emptyStoreListsNothing() {
            assertThat(names()).isEmpty();
        }

        @Test
        void namesAreOrderedByFileName() {
            List<PatchName> all = IntStream.range(0, 50).mapToObj(Patches::name).toList();
            for (PatchName name : all.reversed()) {
                put(store, name, name.fileName().getBytes(UTF_8));
            }

            assertThat(names()).isEqualTo(all);
        }

        @Test
        void listMayBeClosedEarly() {
            put(store, NAME, BYTES);
            put(store, OTHER, BYTES);

            try (Stream<PatchName> names = store.list()) {
                assertThat(names.findFirst()).contains(NAME);
            }
        }

        @Test
        void patchesMayBeDeletedDuringAList() {
            List<PatchName> all = IntStream.range(0, 5).mapToObj(Patches::name).toList();
            all.forEach(name -> put(store, name, BYTES));

            try (Stream<PatchName> names = store.list()) {
                names.forEach(store::delete);
            }

            assertThat(names()).isEmpty();
        }

        @Test
        void unfinishedPutIsNotListed() throws Exception {
            put(store, OTHER, OTHER_BYTES);
            HeldSource slow = new HeldSource(BYTES, 100_000);
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> put = executor.submit(() -> store.put(NAME, slow, DIGEST));
                try {
                    slow.awaitReached();
                    assertThat(names()).containsExactly(OTHER);
                } finally {
                    slow.release();
                }
                put.get();
            }
            assertThat(names()).containsExactly(NAME, OTHER);
        }
    }

    @Nested
    class Names {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "livepatch-6.1.0-41.41-amd64-41.1-amd64.tar.bz2",
                    "livepatch-6.1.0-41.41-cloud-amd64-41.1-amd64.tar.bz2",
                    "livepatch-5.15.0-107-generic-107-arm64.tar.bz2",
                    "livepatch-6.8.0-45.45.1.2-lowlatency-64k-999999999.999999999.0.1-ppc64el.tar.bz2",
                    "livepatch-5.4.0-52.37~20.04-generic-52.1-amd64.tar.bz2",
                    "livepatch-6.12.57+deb13-amd64-1-amd64.tar.bz2",
                    "livepatch-5.14.0-427.13.1.el9_4.x86_64-1-amd64.tar.bz2",
                })
        void everyValidNameCanBeStored(String fileName) {
            PatchName name = PatchName.parse(fileName);

            put(store, name, BYTES);

            assertThat(names()).containsExactly(name);
            assertThat(Patches.read(store, name)).isEqualTo(BYTES);
        }

        @Test
        void longestNameCanBeStored() {
            KernelRelease kernel = new KernelRelease("5.15.0-107.117-" + "a".repeat(KernelRelease.MAX_LENGTH - 15));
            PatchName name = new PatchName(
                    kernel,
                    PatchVersion.parse("999999999.999999999.999999999.999999999"),
                    new Architecture("a".repeat(16)));

            put(store, name, BYTES);

            assertThat(names()).containsExactly(name);
        }

        @Test
        void namesWithACommonPrefixAreDistinct() {
            PatchName short1 = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
            PatchName long1 = PatchName.parse("livepatch-5.15.0-107.117-generic-107.10-amd64.tar.bz2");
            put(store, short1, BYTES);
            put(store, long1, OTHER_BYTES);

            assertThat(Patches.read(store, short1)).isEqualTo(BYTES);
            assertThat(Patches.read(store, long1)).isEqualTo(OTHER_BYTES);
        }
    }

    @Nested
    class Verify {
        @Test
        void wholePatchIsVerified() {
            put(store, NAME, BYTES);

            assertThat(store.verify(NAME)).isEqualTo(new Patch(NAME, BYTES.length, DIGEST));
        }

        @Test
        void damageIsDetectedAndTheDigestNamed() throws Exception {
            put(store, NAME, BYTES);
            damage(NAME);

            assertThatThrownBy(() -> store.verify(NAME))
                    .isInstanceOf(StoreException.Corrupt.class)
                    .hasMessageContainingAll(NAME.fileName(), DIGEST.hex(), "delete it and upload it again");
        }

        @Test
        void damagedPatchCanBeDeletedAndStoredAgain() throws Exception {
            put(store, NAME, BYTES);
            damage(NAME);

            store.delete(NAME);
            put(store, NAME, BYTES);

            assertThat(store.verify(NAME).sha256()).isEqualTo(DIGEST);
        }

        @Test
        void absentPatchIsNotFound() {
            assertThatThrownBy(() -> store.verify(NAME))
                    .isInstanceOf(StoreException.NotFound.class)
                    .hasMessageContaining(NAME.fileName());
        }
    }

    @Nested
    class Lifecycle {
        @Test
        void patchesSurviveReopen() throws Exception {
            put(store, NAME, BYTES);
            put(store, OTHER, OTHER_BYTES);
            store.delete(OTHER);
            store.close();

            store = reopen();

            assertThat(names()).containsExactly(NAME);
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
            assertThat(put(store, NAME, BYTES).created()).isFalse();
            assertThatThrownBy(() -> put(store, NAME, OTHER_BYTES)).isInstanceOf(StoreException.Conflict.class);
        }

        @Test
        void closeTwiceIsSilent() {
            store.close();
            store.close();
        }

        @Test
        void closedStoreThrows() {
            store.close();
            List<Callable<?>> uses = List.of(
                    () -> put(store, NAME, BYTES),
                    () -> store.open(NAME),
                    () -> store.list(),
                    () -> store.delete(NAME),
                    () -> store.verify(NAME),
                    () -> store.directUrl(NAME, Duration.ofMinutes(1)),
                    () -> store.check());

            for (Callable<?> use : uses) {
                assertThatThrownBy(use::call)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("closed");
            }
        }

        @Test
        void openStoreIsHealthy() {
            assertThat(store.check()).isEqualTo(PatchStore.StoreHealth.OK);
        }

        @Test
        void storeReportsItsTraits() {
            put(store, NAME, BYTES);

            assertThat(store.shared()).isEqualTo(traits().shared());
            assertThat(store.directUrl(NAME, Duration.ofMinutes(1)).isPresent()).isEqualTo(traits().direct());
        }
    }

    /** Rounds of a test of concurrency; scripts/soak sets the property to run more of them. */
    private static int rounds(int usual) {
        return Integer.getInteger("storage.rounds", usual);
    }

    /** Without the optimizing compiler SHA-256 takes most of the time of these tests, so digests are computed once. */
    private static Sha256 digest(byte[] bytes) {
        if (Arrays.equals(bytes, BYTES)) {
            return DIGEST;
        }
        return Arrays.equals(bytes, OTHER_BYTES) ? OTHER_DIGEST : Sha256.of(bytes);
    }

    private static PatchStore.PutResult put(PatchStore store, PatchName name, byte[] bytes) {
        return store.put(name, new ByteArrayInputStream(bytes), digest(bytes));
    }

    private List<PatchName> names() {
        try (Stream<PatchName> names = store.list()) {
            return names.toList();
        }
    }

    private void assertNothingStored() {
        assertThat(store.open(NAME)).isEmpty();
        assertThat(names()).isEmpty();
        assertThat(store.delete(NAME)).isFalse();
    }

    private interface Numbered<T> {
        T run(int number) throws Exception;
    }

    /** Runs the task in several threads that start together; returns their results. */
    private static <T> List<T> concurrently(Numbered<T> task) throws Exception {
        CyclicBarrier begin = new CyclicBarrier(THREADS);
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Future<T>> running = IntStream.range(0, THREADS)
                    .mapToObj(i -> executor.submit(() -> {
                        begin.await();
                        return task.run(i);
                    }))
                    .toList();
            List<T> results = new ArrayList<>();
            for (Future<T> future : running) {
                results.add(future.get());
            }
            return results;
        }
    }
}
