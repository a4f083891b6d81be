package io.livepatch.server.download;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;

/**
 * What tells a file from another under its path, and from itself after it was written to. All processes that read the file see the same
 * version without talking to each other. Bytes that a disk changes by itself do not change it.
 *
 * @param key device and inode
 */
record FileVersion(Object key, long size, FileTime modified) {

    /** The version now: one {@code stat(2)}. */
    static FileVersion of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileVersion(
                Objects.requireNonNull(attributes.fileKey(), "no inode numbers here"),
                attributes.size(),
                attributes.lastModifiedTime());
    }
}
