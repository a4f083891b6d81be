package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.disk.DigestingCopy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/** A file that is being written into the cache. It becomes an entry when it is whole, hashed and durable; else it is deleted on close. */
final class StagedFile implements AutoCloseable {
    private final Patch patch;
    private final Path file;
    private final FileChannel channel;

    private StagedFile(Patch patch, Path file, FileChannel channel) {
        this.patch = patch;
        this.file = file;
        this.channel = channel;
    }

    /** Creates the file with its final length, so that other processes count the space it will take. */
    static StagedFile create(Patch patch, Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        StagedFile stagedFile = new StagedFile(patch, file, channel);
        try {
            if (patch.size() > 0) {
                channel.write(ByteBuffer.allocate(1), patch.size() - 1);
            }
            return stagedFile;
        } catch (IOException | RuntimeException e) {
            stagedFile.close();
            throw e;
        }
    }

    /**
     * Writes the bytes, and renames the file to the entry if their digest is that of the patch.
     *
     * @throws IOException if the disk fails
     * @throws StoreException.SourceFailed if the source fails
     * @throws StoreException.DigestMismatch if the bytes are not those of the patch
     */
    void publish(InputStream source, Path entry, Instant now) throws IOException {
        DigestingCopy.copy(patch.name(), source, patch.sha256(), channel::write);
        Files.setLastModifiedTime(file, FileTime.from(now));
        channel.force(true);
        Files.move(file, entry, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
        }
    }
}
