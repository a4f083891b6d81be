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
    private final Object key;
    private final FileChannel channel;

    private FileContent(Patch patch, Path path, Object key, FileChannel channel) {
        this.patch = patch;
        this.path = path;
        this.key = key;
        this.channel = channel;
    }

    /** Opens a path for reading. */
    interface Opener {
        FileChannel open(Path path) throws IOException;
    }

    /** Opens a file that is known to hold, or to be named by, these bytes; they are not hashed here. */
    public static FileContent open(PatchName name, Path path, Sha256 sha256) throws IOException {
        return open(name, path, sha256, file -> FileChannel.open(file, StandardOpenOption.READ));
    }

    /**
     * As {@link #open(PatchName, Path, Sha256)}. Java has no {@code fstat(2)}: the key of the open file is that of its path if the path
     * leads to the same version before and after. If it does not, another file took its place meanwhile, and that one is opened.
     */
    static FileContent open(PatchName name, Path path, Sha256 sha256, Opener opener) throws IOException {
        while (true) {
            FileVersion before = FileVersion.of(path);
            FileChannel channel = opener.open(path);
            try {
                if (FileVersion.of(path).equals(before)) {
                    return new FileContent(new Patch(name, channel.size(), sha256), path, before.key(), channel);
                }
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            channel.close();
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
    public Object fileKey() {
        return key;
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
