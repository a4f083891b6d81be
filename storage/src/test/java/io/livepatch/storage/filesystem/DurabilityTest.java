package io.livepatch.storage.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Order of fsync calls, as recorded by the JVM: only a power cut, and not a killed process, would show a missing one. */
final class DurabilityTest {
    private static final PatchName NAME = Patches.name(0);
    private static final byte[] BYTES = Patches.bytes(1000, 1);
    private static final String DIGEST = Sha256.of(BYTES).hex();

    @TempDir
    private Path directory;

    @Test
    void putSyncsTheFileThenItsDirectoryThenTheStore() throws IOException {
        try (PatchStore store = open()) {
            assertThat(synced(() -> Patches.put(store, NAME, BYTES)))
                    .containsExactly(
                            directory.resolve("incoming/0-1").resolve(DIGEST),
                            directory.resolve("incoming/0-1"),
                            directory);
        }
    }

    @Test
    void repeatedPutSyncsTheStoreSinceTheFirstMayNotHaveYet() throws IOException {
        try (PatchStore store = open()) {
            Patches.put(store, NAME, BYTES);

            assertThat(synced(() -> Patches.put(store, NAME, BYTES))).containsExactly(directory);
        }
    }

    @Test
    void deleteSyncsThePatchThenTheStore() throws IOException {
        try (PatchStore store = open()) {
            Patches.put(store, NAME, BYTES);

            assertThat(synced(() -> store.delete(NAME))).containsExactly(directory.resolve(NAME.fileName()), directory);
        }
    }

    @Test
    void createdDirectoriesAreSyncedFromTheTop() throws IOException {
        Path deep = directory.resolve("a/b");

        assertThat(synced(() -> FilesystemPatchStore.open(new StorageConfig.Filesystem(deep, "livepatch/0"))
                        .close()))
                .startsWith(directory, directory.resolve("a"), deep);
    }

    private PatchStore open() {
        return FilesystemPatchStore.open(new StorageConfig.Filesystem(directory, "livepatch/0"));
    }

    /** The paths synced by the action, in order. */
    private static List<Path> synced(Runnable action) throws IOException {
        Path file = Files.createTempFile("synced", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withoutThreshold().withoutStackTrace();
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                    .map(event -> Path.of(event.getString("path")))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }
}
