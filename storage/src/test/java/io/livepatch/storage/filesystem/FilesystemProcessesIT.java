package io.livepatch.storage.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stores of several processes, and killed ones. */
final class FilesystemProcessesIT {
    private static final String UNIT = "livepatch/0";
    private static final String OTHER_UNIT = "livepatch/1";
    private static final byte[] BYTES = Patches.bytes(100_000, 1);

    @TempDir
    private Path directory;

    private PatchStore open(String owner) {
        return FilesystemPatchStore.open(new StorageConfig.Filesystem(directory, owner));
    }

    private List<Path> incoming() throws IOException {
        try (Stream<Path> stagings = Files.list(directory.resolve("incoming"))) {
            return stagings.toList();
        }
    }

    @Nested
    class Lock {
        @Test
        void otherUnitIsRefusedWithTheOwnersNameAndARemedy() throws IOException {
            try (ChildJvm holder = ChildJvm.start(StoreProcess.class, "hold", directory, UNIT)) {
                holder.linesUpTo("open");

                assertThatThrownBy(() -> open(OTHER_UNIT))
                        .isInstanceOf(StoreException.Locked.class)
                        .hasMessageContainingAll(
                                directory.toString(),
                                UNIT,
                                OTHER_UNIT,
                                "patch-storage.type",
                                "livepatch-admin storage migrate",
                                "patch-storage.filesystem-path");
            }
        }

        @Test
        void processesOfOneUnitShareTheStore() throws IOException {
            try (ChildJvm first = ChildJvm.start(StoreProcess.class, "hold", directory, UNIT);
                    ChildJvm second = ChildJvm.start(StoreProcess.class, "hold", directory, UNIT)) {
                assertThat(first.line()).isEqualTo("open");
                assertThat(second.line()).isEqualTo("open");
                try (PatchStore store = open(UNIT)) {
                    assertThat(Patches.put(store, Patches.name(0), BYTES).created())
                            .isTrue();
                }
            }
        }

        @Test
        void lockIsHeldUntilTheLastProcessOfAUnitEnds() throws IOException {
            try (ChildJvm first = ChildJvm.start(StoreProcess.class, "hold", directory, UNIT)) {
                first.linesUpTo("open");
                try (ChildJvm second = ChildJvm.start(StoreProcess.class, "hold", directory, UNIT)) {
                    second.linesUpTo("open");
                    first.kill();

                    assertThatThrownBy(() -> open(OTHER_UNIT)).isInstanceOf(StoreException.Locked.class);
                }
                open(OTHER_UNIT).close();
            }
        }

        @Test
        void killReleasesTheLock() throws IOException {
            try (ChildJvm holder = ChildJvm.start(StoreProcess.class, "hold", directory, UNIT)) {
                holder.linesUpTo("open");
                holder.kill();
            }

            try (PatchStore store = open(OTHER_UNIT)) {
                assertThat(store.check().ok()).isTrue();
            }
        }

        @Test
        void lockIsHeldUntilTheLastStoreOfAProcessIsClosed() throws IOException {
            PatchStore first = open(UNIT);
            try (PatchStore second = open(UNIT)) {
                first.close();
                assertThatThrownBy(() -> open(OTHER_UNIT)).isInstanceOf(StoreException.Locked.class);
                assertThat(second.check().ok()).isTrue();

                assertThat(openElsewhere()).startsWith("Locked: ");
            }
            assertThat(openElsewhere()).isEqualTo("open");
        }

        private String openElsewhere() throws IOException {
            try (ChildJvm child = ChildJvm.start(StoreProcess.class, "hold", directory, OTHER_UNIT)) {
                return child.line();
            }
        }
    }

    @Nested
    class Crash {
        /** Chunks of 64 KiB of the second patch: the first, some, all, and the end, after which it is made durable. */
        @ParameterizedTest
        @ValueSource(strings = {"chunk 0", "chunk 3", "chunk 9", "chunk 15", "end", "end", "end", "end", "end", "end"})
        void acknowledgedPatchesSurviveAndOthersAreAbsentOrWhole(String killAt) throws IOException {
            List<String> lines;
            try (ChildJvm child = ChildJvm.start(StoreProcess.class, "storm", directory, UNIT)) {
                lines = new ArrayList<>(child.linesUpTo("stored 0"));
                lines.addAll(child.linesUpTo(killAt));
                child.kill();
                lines.addAll(child.rest());
            }
            List<PatchName> acknowledged = lines.stream()
                    .filter(line -> line.startsWith("stored "))
                    .map(line -> Patches.name(Integer.parseInt(line.substring("stored ".length()))))
                    .toList();

            try (PatchStore store = open(UNIT);
                    Stream<PatchName> names = store.list()) {
                List<PatchName> listed = names.toList();
                assertThat(listed)
                        .containsAll(acknowledged)
                        .hasSizeBetween(acknowledged.size(), acknowledged.size() + 1);
                for (int number = 0; number < listed.size(); number++) {
                    assertThat(store.verify(Patches.name(number)).sha256())
                            .isEqualTo(Patches.sha256(StoreProcess.STORM_SIZE, number));
                }
                assertThat(incoming()).as("staged files").isEmpty();
            }
        }

        @Test
        void stagedFilesOfDeadProcessesAreRemovedAndThoseOfLiveOnesAreNot() throws IOException {
            try (ChildJvm dead = ChildJvm.start(StoreProcess.class, "slow", directory, UNIT, 1);
                    ChildJvm living = ChildJvm.start(StoreProcess.class, "slow", directory, UNIT, 2)) {
                dead.linesUpTo("half");
                living.linesUpTo("half");
                dead.kill();
                assertThat(incoming()).hasSize(2);

                try (PatchStore store = open(UNIT)) {
                    assertThat(incoming()).hasSize(1);
                    living.proceed();
                    living.linesUpTo("stored");

                    assertThat(store.open(Patches.name(1))).isEmpty();
                    assertThat(Patches.read(store, Patches.name(2))).isEqualTo(Patches.bytes(200_000, 2));
                    assertThat(incoming()).isEmpty();
                }
            }
        }
    }

    @Nested
    class Race {
        @Test
        void processesThatPutDifferentBytesHaveOneWinnerPerName() throws IOException {
            int names = 100;
            List<ChildJvm> racers = new ArrayList<>();
            try {
                for (int i = 0; i < 3; i++) {
                    racers.add(ChildJvm.start(StoreProcess.class, "race", directory, UNIT, names, i * 1_000_000L));
                }
                for (ChildJvm racer : racers) {
                    racer.linesUpTo("open");
                }
                for (ChildJvm racer : racers) {
                    racer.proceed();
                }
                List<List<String>> outcomes = new ArrayList<>();
                for (ChildJvm racer : racers) {
                    outcomes.add(racer.rest());
                }

                try (PatchStore store = open(UNIT)) {
                    for (int number = 0; number < names; number++) {
                        String won = "won " + number;
                        List<Integer> winners = Stream.of(0, 1, 2)
                                .filter(i -> outcomes.get(i).contains(won))
                                .toList();
                        assertThat(winners).as(won).hasSize(1);
                        assertThat(store.verify(Patches.name(number)).sha256())
                                .isEqualTo(Sha256.of(Patches.bytes(10_000, winners.getFirst() * 1_000_000L + number)));
                    }
                }
            } finally {
                racers.forEach(ChildJvm::close);
            }
        }
    }

    @Nested
    class Limits {
        @Test
        void patchTwiceTheHeapIsStoredAndRead() throws IOException {
            long size = 64L << 20;
            String sha256 = Patches.sha256(size, 1).hex();

            try (ChildJvm child = ChildJvm.start(
                    StoreProcess.class,
                    List.of(),
                    List.of("-Xmx32m", "-XX:MaxDirectMemorySize=8m"),
                    "stream",
                    directory,
                    UNIT,
                    size)) {
                assertThat(child.rest())
                        .containsExactly("open", "stored " + size, "read " + sha256, "verified " + sha256);
            }
        }

        @Test
        void fullDiskIsReportedAndLeavesNothing() throws IOException {
            try (ChildJvm child = onDisk("size=2m", "stream", 8L << 20)) {
                assertThat(child.rest())
                        .satisfiesExactly(
                                line -> assertThat(line).isEqualTo("open"),
                                line -> assertThat(line)
                                        .startsWith("Full: ")
                                        .contains(Patches.name(0).fileName(), directory.toString(), "free some room"),
                                line -> assertThat(line).isEqualTo("left 0"));
            }
        }

        @Test
        void readOnlyDiskIsUnavailableAndNamesUserAndDirectory() throws IOException {
            try (ChildJvm child = onDisk("ro", "stream", 1000)) {
                assertThat(child.rest().getFirst())
                        .startsWith("Unavailable: ")
                        .contains(directory.toString(), System.getProperty("user.name"), "mounted");
            }
        }

        /** Runs the process with a tmpfs on the store's directory, in a mount namespace, which needs no root. */
        private ChildJvm onDisk(String options, String command, long size) throws IOException {
            String script = "mount -t tmpfs -o " + options + " none '" + directory + "' && \"$@\" && echo left $(find '"
                    + directory + "/incoming' -mindepth 1 | wc -l)";
            return ChildJvm.start(
                    StoreProcess.class,
                    List.of("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"),
                    List.of(),
                    command,
                    directory,
                    UNIT,
                    size);
        }
    }
}
