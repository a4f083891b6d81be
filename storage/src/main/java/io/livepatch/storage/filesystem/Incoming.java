package io.livepatch.storage.filesystem;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A patch on its way in: complete and durable on disk before anybody can see it, gone when closed unless published. */
final class Incoming implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Incoming.class);
    private static final int BUFFER = 64 * 1024;

    private final PatchName name;
    private final Sha256 expected;
    private final Path directory;

    private Incoming(PatchName name, Sha256 expected, Path directory) {
        this.name = name;
        this.expected = expected;
        this.directory = directory;
    }

    static Incoming create(PatchName name, Sha256 expected, Path directory) throws IOException {
        Files.createDirectory(directory);
        return new Incoming(name, expected, directory);
    }

    Path directory() {
        return directory;
    }

    /** Writes the bytes and makes them durable if they are the expected ones. */
    Patch write(InputStream source) throws IOException {
        Path file = directory.resolve(expected.hex());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            Patch patch = consume(name, source, expected, channel::write);
            channel.force(true);
            Disk.sync(directory);
            return patch;
        }
    }

    /** Where consumed bytes go. */
    interface Sink {
        int write(ByteBuffer bytes) throws IOException;
    }

    /**
     * Reads the source to its end, hashing it on the way to the sink.
     *
     * @throws StoreException.SourceFailed if the source fails, as opposed to the sink
     * @throws StoreException.DigestMismatch if the bytes are not the expected ones
     */
    static Patch consume(PatchName name, InputStream source, Sha256 expected, Sink sink) throws IOException {
        MessageDigest digest = Sha256.digest();
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        for (int read = read(name, source, buffer); read >= 0; read = read(name, source, buffer)) {
            digest.update(buffer, 0, read);
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
            while (bytes.hasRemaining()) {
                sink.write(bytes);
            }
            size += read;
        }
        Sha256 actual = Sha256.from(digest.digest());
        if (!actual.equals(expected)) {
            throw new StoreException.DigestMismatch(name, expected, actual);
        }
        return new Patch(name, size, actual);
    }

    private static int read(PatchName name, InputStream source, byte[] buffer) {
        try {
            return source.read(buffer);
        } catch (IOException e) {
            throw new StoreException.SourceFailed(name, e);
        }
    }

    @Override
    public void close() {
        try {
            PatchDirectory.removeTree(directory);
        } catch (IOException e) {
            LOG.warn("cannot remove '{}', which is removed when a process opens the store next", directory, e);
        }
    }
}
