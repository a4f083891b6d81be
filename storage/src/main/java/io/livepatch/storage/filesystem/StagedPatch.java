package io.livepatch.storage.filesystem;

import io.livepatch.common.file.AtomicFile;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.disk.DigestingCopy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A patch that is being written: complete and durable before it is published; deleted on close if it is not published. */
final class StagedPatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StagedPatch.class);

    private final PatchName name;
    private final Sha256 expected;
    private final Path directory;

    private StagedPatch(PatchName name, Sha256 expected, Path directory) {
        this.name = name;
        this.expected = expected;
        this.directory = directory;
    }

    static StagedPatch create(PatchName name, Sha256 expected, Path directory) throws IOException {
        Files.createDirectory(directory);
        return new StagedPatch(name, expected, directory);
    }

    Path directory() {
        return directory;
    }

    /** Writes the bytes, verifies their digest and makes them durable. */
    Patch write(InputStream source) throws IOException {
        Path file = directory.resolve(expected.hex());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            Patch patch = DigestingCopy.copy(name, source, expected, channel::write);
            channel.force(true);
            AtomicFile.syncDirectory(directory);
            return patch;
        }
    }

    @Override
    public void close() {
        try {
            PatchDirectory.removeTree(directory);
        } catch (IOException e) {
            LOG.warn("cannot remove '{}'; the next process that opens the store removes it", directory, e);
        }
    }
}
