package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.download.OpenPatches.OpenPatch;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Patches are never unmapped on the thread that releases them, which may be one of the few that serve connections. */
final class OpenPatchesTest {
    private static final PatchName NAME = DownloadServer.name(1);
    private static final byte[] BYTES = DownloadServer.bytes(1, 100_000);

    @TempDir
    Path directory;

    private final Queue<Runnable> unmappings = new ArrayDeque<>();
    private PatchStore store;
    private OpenPatches patches;
    private Patch patch;

    @BeforeEach
    void open() {
        store = PatchStores.open(new StorageConfig.Filesystem(directory, "livepatch/0"));
        patches = new OpenPatches(new StoredPatches(store), _ -> {}, unmappings::add);
        patch = store.put(NAME, new ByteArrayInputStream(BYTES), Sha256.of(BYTES))
                .patch();
    }

    @AfterEach
    void close() {
        patches.close();
        unmap();
        store.close();
    }

    private void unmap() {
        while (!unmappings.isEmpty()) {
            unmappings.remove().run();
        }
    }

    private OpenPatch opened() {
        return patches.open(patch, Runnable::run, Runnable::run);
    }

    private boolean mapped() throws IOException {
        List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
        return maps.stream().anyMatch(line -> line.contains(directory.toString()));
    }

    private void change() throws IOException {
        Files.setLastModifiedTime(
                directory.resolve(NAME.fileName()).resolve(patch.sha256().hex()),
                FileTime.from(Instant.parse("2030-01-01T00:00:00Z")));
    }

    @Test
    void mappingOfAChangedFileIsUnmappedLater() throws IOException {
        opened().release();
        assertThat(patches.findMapped(patch)).hasValueSatisfying(OpenPatch::release);
        change();

        assertThat(patches.findMapped(patch)).isEmpty();

        assertThat(unmappings).hasSize(1);
        assertThat(mapped()).isTrue();
        unmap();
        assertThat(mapped()).isFalse();
    }

    @Test
    void downloadThatEndsAfterItsMappingWasDroppedUnmapsLater() throws IOException {
        OpenPatch download = opened();
        patches.retainIf(_ -> false);
        assertThat(unmappings).isEmpty();

        download.release();

        assertThat(unmappings).hasSize(1);
        assertThat(mapped()).isTrue();
        unmap();
        assertThat(mapped()).isFalse();
    }
}
