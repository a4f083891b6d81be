package io.livepatch.storage.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;

/**
 * Device, inode, size and modification time of a file: they change when the file is replaced or written to, and not when the disk
 * corrupts its bytes. All processes that read the file see the same version.
 *
 * @param key device and inode
 */
public record FileVersion(Object key, long size, FileTime modified) {

    /** The current version of a file, by one {@code stat(2)}. */
    public static FileVersion of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileVersion(
                Objects.requireNonNull(
                        attributes.fileKey(), () -> "the file system of '" + file + "' has no inode numbers"),
                attributes.size(),
                attributes.lastModifiedTime());
    }
}
