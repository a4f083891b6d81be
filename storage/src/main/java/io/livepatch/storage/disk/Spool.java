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
 * A temporary copy of an uploaded patch for a remote store: complete and verified before the transfer to the store begins, and
 * readable again when the transfer is retried. Its file is unlinked as soon as it is open, so the kernel frees it when the spool is
 * closed or the process ends, also by {@code kill -9}.
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
     * Copies the source into a new spool file, up to its end.
     *
     * @param directory of the file; created if it is absent
     * @throws StoreException.SourceFailed if the source fails
     * @throws StoreException.DigestMismatch if the bytes are not the expected ones
     * @throws StoreException.Full if the disk is full
     */
    public static Spool of(Path directory, PatchName name, InputStream source, Sha256 expected) {
        try {
            FileChannel channel = openUnlinked(directory);
            try {
                return new Spool(DigestingCopy.copy(name, source, expected, channel::write), directory, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw Disk.failure("spooling patch '" + name + "'", directory, e);
        }
    }

    private static FileChannel openUnlinked(Path directory) throws IOException {
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

    /** Removes the empty files of processes that were killed between creating and unlinking them. */
    public static void sweep(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        // A process that is between the two steps is not disturbed: it unlinks its file if it exists, and keeps it
        // open.
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
