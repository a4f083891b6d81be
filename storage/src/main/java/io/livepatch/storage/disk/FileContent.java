package io.livepatch.storage.disk;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** A stored patch behind a file descriptor, which keeps its bytes after it is unlinked. */
public final class FileContent implements PatchContent.LocalFile {
    private final Patch patch;
    private final Path path;
    private final FileChannel channel;

    private FileContent(Patch patch, Path path, FileChannel channel) {
        this.patch = patch;
        this.path = path;
        this.channel = channel;
    }

    /** Opens a file that is known to hold, or to be named by, these bytes; they are not hashed here. */
    public static FileContent open(PatchName name, Path path, Sha256 sha256) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new FileContent(new Patch(name, channel.size(), sha256), path, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Patch patch() {
        return patch;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public InputStream read(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, patch.size());
        if (!channel.isOpen()) {
            throw new IllegalStateException("the content of patch '" + patch.name() + "' is closed");
        }
        return new FileRange(channel, path, offset, length);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Disk.failure("closing patch '" + patch.name() + "'", path, e);
        }
    }
}
