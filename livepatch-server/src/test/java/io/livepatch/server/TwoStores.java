package io.livepatch.server;

import io.livepatch.server.database.Database;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Two filesystem stores in two directories, which stand for the types filesystem and postgres. */
public record TwoStores(Path directory, UnaryOperator<PatchStore> view) implements StoreRegistry.Opener {
    public TwoStores(Path directory) {
        this(directory, store -> store);
    }

    @Override
    public PatchStore open(StoreType type) {
        if (type == StoreType.S3) {
            throw new StoreException.Unavailable("nobody said where the bucket is", null);
        }
        return view.apply(PatchStores.open(new StorageConfig.Filesystem(of(type), "livepatch/0")));
    }

    /** The directory of that type. */
    public Path of(StoreType type) {
        return directory.resolve(type.text());
    }

    /** The registry of a unit, resolved; configured for filesystem. */
    public StoreRegistry stores(Database database) {
        StoreRegistry stores = new StoreRegistry(
                database,
                new StoreRegistry.Settings(StoreType.FILESYSTEM, "livepatch/0", Optional.empty()),
                this,
                InstantSource.system());
        stores.resolve();
        return stores;
    }

    /** The file with the bytes of a patch. */
    public Path file(StoreType type, String fileName) {
        try (Stream<Path> files = Files.list(of(type).resolve(fileName))) {
            return files.findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes a byte of a stored patch. */
    public void damage(StoreType type, String fileName) {
        try {
            byte[] bytes = Files.readAllBytes(file(type, fileName));
            bytes[bytes.length / 2] ^= 1;
            Files.write(file(type, fileName), bytes, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
