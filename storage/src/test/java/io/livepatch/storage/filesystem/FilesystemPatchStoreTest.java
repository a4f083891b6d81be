package io.livepatch.storage.filesystem;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStoreContract;
import io.livepatch.storage.StorageConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class FilesystemPatchStoreTest extends PatchStoreContract {
    @TempDir
    private Path directory;

    @Override
    protected PatchStore openEmpty() {
        return reopen();
    }

    @Override
    protected PatchStore reopen() {
        return FilesystemPatchStore.open(new StorageConfig.Filesystem(directory, "livepatch/0"));
    }

    @Override
    protected void damage(PatchName name) throws IOException {
        Path file = new PatchDirectory(directory).find(name).orElseThrow().file();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Override
    protected Traits traits() {
        return new Traits(false, true, false, true);
    }
}
