package io.livepatch.storage.disk;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.UUID;

/**
 * The bytes of one patch on their way to a store over a network: complete, and hashed to what was announced, before the store hears
 * of them, and readable as often as a transfer has to be tried again. They lie in a file without a name, which goes when it is
 * closed or the process ends, however it ends.
 */
public final class Spool implements AutoCloseable {
    private static final String PREFIX = "spool-";

    private final Patch patch;
    private final Path directory;
    private final FileChannel channel;

    private Spool(Patch patch, Path directory, FileChannel channel) {
        this.patch = patch;
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Reads the source to its end.
     *
     * @param directory where the file lies; created if it is absent
     * @throws StoreException.SourceFailed if the source fails
     * @throws StoreException.DigestMismatch if the bytes are not the expected ones
     * @throws StoreException.Full if the disk has no room
     */
    public static Spool of(Path directory, PatchName name, InputStream source, Sha256 expected) {
        try {
            FileChannel channel = nameless(directory);
            try {
                return new Spool(DigestingCopy.consume(name, source, expected, channel::write), directory, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw Disk.failure("spooling patch '" + name + "'", directory, e);
        }
    }

    private static FileChannel nameless(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve(PREFIX + UUID.randomUUID());
        FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            Files.deleteIfExists(file);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Removes the empty files of processes that were killed between giving one a name and taking it away. */
    public static void sweep(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        // Whoever is just between the two takes the name away itself, and does not miss it.
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    public Patch patch() {
        return patch;
    }

    /** A stream over part of the bytes, independent of all others. The caller closes it. */
    public InputStream read(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, patch.size());
        return new FileRange(channel, directory, offset, length);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Disk.failure("closing the spool of patch '" + patch.name() + "'", directory, e);
        }
    }
}
