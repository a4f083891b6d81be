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

/** A patch on its way into the cache: whole, hashed and durable before anybody can see it, gone when closed unless published. */
final class StagedFile implements AutoCloseable {
    private final Patch patch;
    private final Path file;
    private final FileChannel channel;

    private StagedFile(Patch patch, Path file, FileChannel channel) {
        this.patch = patch;
        this.file = file;
        this.channel = channel;
    }

    /** Creates the file as long as it will be, for others to see how much room is taken. */
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
     * Writes the bytes and lets them become the entry, if they are the right ones.
     *
     * @throws IOException if the disk fails, and not the source
     */
    void publish(InputStream source, Path entry, Instant now) throws IOException {
        DigestingCopy.consume(patch.name(), source, patch.sha256(), channel::write);
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
