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

/** A stored patch in an open file, which stays readable after the file is unlinked. Thread-safe. */
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

    /** Opens a file for reading; tests replace it. */
    interface Opener {
        FileChannel open(Path path) throws IOException;
    }

    /** Opens a file. Its bytes are not hashed: the caller vouches for the digest. */
    public static FileContent open(PatchName name, Path path, Sha256 sha256) throws IOException {
        return open(name, path, sha256, file -> FileChannel.open(file, StandardOpenOption.READ));
    }

    /**
     * As {@link #open(PatchName, Path, Sha256)}. Java has no {@code fstat(2)}, so the file's key is read by its path before and after the
     * file is opened. If the versions differ, the file was replaced in between, and the path is opened again.
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
