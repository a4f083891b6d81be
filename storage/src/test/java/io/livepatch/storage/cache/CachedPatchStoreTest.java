package io.livepatch.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.CacheConfig;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.Patches;
import io.livepatch.storage.VerifiedContent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CachedPatchStoreTest {
    private static final int SIZE = 100_000;

    @TempDir
    private Path parent;

    private CacheFixture fixture;
    private Patch patch;

    @BeforeEach
    void storePatch() {
        fixture = new CacheFixture(parent.resolve("var/cache"));
        patch = fixture.patch(0, SIZE);
    }

    private void assertServed(CachedPatchStore cache) {
        assertThat(CacheFixture.read(cache, patch)).isEqualTo(Patches.bytes(SIZE, 0));
    }

    @Nested
    class Serving {
        @Test
        void storeIsReadOnceThenTheDisk() {
            try (CachedPatchStore cache = fixture.open()) {
                for (int i = 0; i < 3; i++) {
                    try (PatchContent content = cache.open(patch).orElseThrow()) {
                        assertThat(content).isInstanceOf(PatchContent.LocalFile.class);
                        assertThat(CacheFixture.read(content)).isEqualTo(Patches.bytes(SIZE, 0));
                        assertThat(((PatchContent.LocalFile) content).path()).hasBinaryContent(Patches.bytes(SIZE, 0));
                    }
                }
                assertThat(fixture.store.reads()).isEqualTo(1);
                assertThat(cache.statistics()).isEqualTo(new CachedPatchStore.Statistics(2, 1, 1, 0, 0, 1, SIZE, 0));
            }
        }

        @Test
        void absentPatchIsEmptyAndLeavesNothing() throws IOException {
            fixture.memory.delete(patch.name());
            try (CachedPatchStore cache = fixture.open()) {
                assertThat(cache.open(patch)).isEmpty();
                assertThat(fixture.entries()).isEmpty();
                assertThat(fixture.incoming()).isEmpty();
            }
        }

        @Test
        void putDoesNotFillTheCache() throws IOException {
            try (CachedPatchStore cache = fixture.open()) {
                Patches.put(cache, Patches.name(1), Patches.bytes(SIZE, 1));

                assertThat(fixture.entries()).isEmpty();
            }
        }

        @Test
        void namesWithEqualBytesShareAnEntry() {
            Patch twin = Patches.put(fixture.memory, Patches.name(1), Patches.bytes(SIZE, 0))
                    .patch();
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                try (PatchContent content = cache.open(twin).orElseThrow()) {
                    assertThat(content.patch()).isEqualTo(twin);
                }
                assertThat(fixture.store.reads()).isEqualTo(1);
            }
        }

        @Test
        void cachedCopyCanBeOpenedWithoutTheStore() {
            Patch other = fixture.patch(1, SIZE);
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                fixture.memory.delete(patch.name());

                try (PatchContent content = cache.cached(patch).orElseThrow()) {
                    assertThat(CacheFixture.read(content)).isEqualTo(Patches.bytes(SIZE, 0));
                }
                assertThat(cache.cached(other)).isEmpty();
                assertThat(fixture.store.reads()).isEqualTo(1);
            }
        }

        @Test
        void closedCacheThrows() {
            CachedPatchStore cache = fixture.open();
            cache.close();

            assertThatThrownBy(() -> cache.open(patch))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(() -> cache.cached(patch))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            cache.hit(patch);
        }
    }

    @Nested
    class Restart {
        @Test
        void entriesAreServedWithoutTheStore() {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
            }
            fixture.memory.delete(patch.name());

            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                assertThat(fixture.store.reads()).isZero();
                assertThat(cache.statistics()).isEqualTo(new CachedPatchStore.Statistics(1, 0, 0, 0, 0, 1, SIZE, 0));
            }
        }

        @Test
        void filesOfAKilledProcessAreRemoved() throws IOException {
            Path incoming = Files.createDirectories(fixture.directory.resolve("incoming"));
            Files.write(incoming.resolve(patch.sha256() + "." + UUID.randomUUID()), new byte[10]);
            Files.createFile(fixture.directory.resolve("spool-" + UUID.randomUUID()));

            try (CachedPatchStore cache = fixture.open()) {
                assertThat(fixture.incoming()).isEmpty();
                assertThat(fixture.entries()).isEmpty();
                assertServed(cache);
            }
        }

        @Test
        void entriesBeyondASmallerLimitAreEvictedAtOpen() throws IOException {
            Patch newer = fixture.patch(1, SIZE);
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                fixture.advanceClock(Duration.ofMinutes(1));
                CacheFixture.read(cache, newer);
            }

            try (CachedPatchStore cache = fixture.open(SIZE)) {
                assertThat(fixture.entries()).containsExactly(newer.sha256().hex());
                assertThat(cache.statistics().evictions()).isEqualTo(1);
            }
        }
    }

    @Nested
    class Damage {
        private void assertRefilled() {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                assertThat(fixture.store.reads()).isEqualTo(1);
                assertThat(fixture.entry(patch)).hasBinaryContent(Patches.bytes(SIZE, 0));
            }
        }

        @BeforeEach
        void fill() {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
            }
        }

        @Test
        void wrongByteIsDetectedAtTheFirstUse() throws IOException {
            try (FileChannel channel = FileChannel.open(fixture.entry(patch), StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(1), SIZE / 2);
            }

            assertRefilled();
        }

        @Test
        void truncatedFileIsDetectedAtTheFirstUse() throws IOException {
            truncate();

            assertRefilled();
        }

        @Test
        void emptyDirectoryAtTheEntrysPathIsRemoved() throws IOException {
            Files.delete(fixture.entry(patch));
            Files.createDirectory(fixture.entry(patch));

            assertRefilled();
        }

        @Test
        void damagedCopyIsNotOpened() throws IOException {
            truncate();

            try (CachedPatchStore cache = fixture.open()) {
                assertThat(cache.cached(patch)).isEmpty();
                assertThat(fixture.entries()).isEmpty();
            }
        }

        @Test
        void fileTruncatedBetweenUsesIsDetected() throws IOException {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                truncate();

                assertServed(cache);
                assertThat(fixture.store.reads()).isEqualTo(1);
            }
        }

        @Test
        void replacedFileIsHashed() throws IOException {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                Path foreign = Files.write(parent.resolve("foreign"), Patches.bytes(SIZE, 7));
                Files.move(foreign, fixture.entry(patch), StandardCopyOption.ATOMIC_MOVE);

                assertServed(cache);
                assertThat(fixture.store.reads()).isEqualTo(1);
            }
        }

        private void truncate() throws IOException {
            try (FileChannel channel = FileChannel.open(fixture.entry(patch), StandardOpenOption.WRITE)) {
                channel.truncate(1000);
            }
        }
    }

    @Nested
    class Deleted {
        @Test
        void directoryMayBeEmptiedAtAnyTime() throws IOException {
            try (CachedPatchStore cache = fixture.open()) {
                for (int round = 1; round <= 3; round++) {
                    assertServed(cache);
                    assertThat(fixture.store.reads()).isEqualTo(round);
                    removeTree(fixture.directory);
                }
            }
        }

        @Test
        void deleteRemovesTheEntry() throws IOException {
            Patch other = fixture.patch(1, SIZE);
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                CacheFixture.read(cache, other);

                assertThat(cache.delete(patch.name())).isTrue();

                assertThat(fixture.entries()).containsExactly(other.sha256().hex());
            }
        }

        @Test
        void openContentStaysReadableAfterEviction() throws IOException {
            Patch other = fixture.patch(1, SIZE);
            try (CachedPatchStore cache = fixture.open(SIZE + 10)) {
                try (PatchContent content = cache.open(patch).orElseThrow();
                        InputStream bytes = content.read(0, SIZE)) {
                    bytes.skipNBytes(1000);
                    CacheFixture.read(cache, other);
                    assertThat(fixture.entries()).containsExactly(other.sha256().hex());

                    assertThat(bytes.readAllBytes()).isEqualTo(Arrays.copyOfRange(Patches.bytes(SIZE, 0), 1000, SIZE));
                    assertThat(CacheFixture.read(content)).isEqualTo(Patches.bytes(SIZE, 0));
                }
            }
        }

        private void removeTree(Path directory) throws IOException {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Nested
    class Rechecking {
        @Test
        void recheckKeepsAWholeCopyWithANewTimeAndRemovesADamagedOne() throws IOException {
            try (CachedPatchStore cache = fixture.open();
                    CachedPatchStore sibling = fixture.open()) {
                assertThat(cache.recheck(patch)).isEqualTo(CachedPatchStore.Copy.ABSENT);
                assertServed(cache);
                FileTime before = FileTime.from(Instant.EPOCH);
                Files.setLastModifiedTime(fixture.entry(patch), before);

                assertThat(sibling.recheck(patch)).isEqualTo(CachedPatchStore.Copy.WHOLE);
                assertThat(Files.getLastModifiedTime(fixture.entry(patch))).isNotEqualTo(before);

                Files.write(fixture.entry(patch), new byte[SIZE]);
                assertThat(sibling.recheck(patch)).isEqualTo(CachedPatchStore.Copy.REMOVED);
                assertThat(sibling.statistics().damaged()).isEqualTo(1);
                assertThat(fixture.entries()).isEmpty();
                assertServed(cache);
            }
        }

        @Test
        void recheckWithoutAnOpenCacheCreatesNothing() {
            CacheConfig config = new CacheConfig(fixture.directory, SIZE, CacheFixture.TTL);

            assertThat(CachedPatchStore.recheck(config, patch)).isEqualTo(CachedPatchStore.Copy.ABSENT);

            assertThat(fixture.directory).doesNotExist();
        }
    }

    @Nested
    class Bypass {
        private void assertBypassed(CachedPatchStore cache) {
            try (PatchContent content = cache.open(patch).orElseThrow()) {
                assertThat(content).isInstanceOf(VerifiedContent.class);
                assertThat(CacheFixture.read(content)).isEqualTo(Patches.bytes(SIZE, 0));
            }
            assertThat(cache.statistics().bypasses()).isEqualTo(1);
        }

        @Test
        void patchLargerThanTheCacheIsStreamedAndEvictsNothing() throws IOException {
            Patch small = fixture.patch(1, 10);
            try (CachedPatchStore cache = fixture.open(SIZE - 1)) {
                CacheFixture.read(cache, small);

                assertBypassed(cache);
                assertThat(fixture.entries()).containsExactly(small.sha256().hex());
            }
        }

        @Test
        void patchOfExactlyTheLimitIsCached() throws IOException {
            try (CachedPatchStore cache = fixture.open(SIZE)) {
                assertServed(cache);
                assertThat(fixture.entries()).hasSize(1);
            }
        }

        @Test
        void fileAtTheDirectorysPathDoesNotFailRequests() throws IOException {
            Files.createDirectories(fixture.directory.getParent());
            Files.createFile(fixture.directory);
            try (CachedPatchStore cache = fixture.open()) {
                assertBypassed(cache);
                assertThat(cache.statistics().entries()).isZero();
                assertThat(cache.delete(patch.name())).isTrue();
            }
        }

        @Test
        void repairedDirectoryIsUsedAgain() throws IOException {
            Files.createDirectories(fixture.directory.getParent());
            Files.createFile(fixture.directory);
            try (CachedPatchStore cache = fixture.open()) {
                assertBypassed(cache);
                Files.delete(fixture.directory);

                assertServed(cache);
                assertThat(fixture.entries()).hasSize(1);
            }
        }

        @Test
        void damagedBytesAreNotServedWholeOnBypass() {
            try (CachedPatchStore cache = fixture.open(SIZE - 1)) {
                fixture.damage(patch);
                try (PatchContent content = cache.open(patch).orElseThrow()) {
                    assertThatThrownBy(() -> CacheFixture.read(content))
                            .hasMessageContainingAll(patch.name().fileName(), "withheld");
                }
            }
        }
    }

    @Nested
    class Expiry {
        @Test
        void expiredEntryIsRemovedByTheNextFill() throws IOException {
            Patch other = fixture.patch(1, SIZE);
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                fixture.advanceClock(CacheFixture.TTL.plusMinutes(1));
                CacheFixture.read(cache, other);

                assertThat(fixture.entries()).containsExactly(other.sha256().hex());
                assertThat(cache.statistics().evictions()).isEqualTo(1);
            }
        }

        @Test
        void expiredEntryIsRemovedAtOpen() throws IOException {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
            }
            fixture.advanceClock(CacheFixture.TTL.plusMinutes(1));
            try (CachedPatchStore _ = fixture.open()) {
                assertThat(fixture.entries()).isEmpty();
            }
        }

        @Test
        void expiredEntryIsRemovedWithoutFurtherFills() {
            CacheTimeouts frequentCleanup =
                    new CacheTimeouts(Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofMillis(5));
            try (CachedPatchStore cache = fixture.open(1 << 30, frequentCleanup)) {
                assertServed(cache);
                fixture.advanceClock(CacheFixture.TTL.plusMinutes(1));

                await("the removal of the entry").until(() -> fixture.entries().isEmpty());
            }
        }

        @Test
        void usedEntryDoesNotExpire() throws IOException {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                fixture.advanceClock(CacheFixture.TTL.minusMinutes(1));
                assertServed(cache);
                fixture.advanceClock(CacheFixture.TTL.minusMinutes(1));
            }
            try (CachedPatchStore _ = fixture.open()) {
                assertThat(fixture.entries()).hasSize(1);
            }
        }

        @Test
        void hitIsRecordedAsAUseOnceAMinute() throws IOException {
            try (CachedPatchStore cache = fixture.open()) {
                assertServed(cache);
                FileTime filled = Files.getLastModifiedTime(fixture.entry(patch));

                fixture.advanceClock(Duration.ofSeconds(59));
                cache.hit(patch);
                assertServed(cache);
                assertThat(Files.getLastModifiedTime(fixture.entry(patch))).isEqualTo(filled);

                fixture.advanceClock(Duration.ofSeconds(1));
                cache.hit(patch);
                Instant noted = filled.toInstant().plus(Duration.ofMinutes(1));
                await("the time of use")
                        .until(() -> Files.getLastModifiedTime(fixture.entry(patch))
                                .toInstant()
                                .equals(noted));
                assertThat(cache.statistics().hits()).isEqualTo(3);
            }
        }
    }
}
