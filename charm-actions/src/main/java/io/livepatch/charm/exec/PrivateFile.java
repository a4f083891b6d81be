package io.livepatch.charm.exec;

import io.livepatch.charm.api.CharmException;
import io.livepatch.common.file.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** Files that hold, or may hold, a secret: mode 600 from the first byte, replaced whole, on disk when written. */
public final class PrivateFile {
    private PrivateFile() {}

    /**
     * Replaces the file. A reader sees the old content or the new.
     *
     * @throws CharmException if it cannot be written; the old content stays then
     */
    public static void write(Path file, String content) {
        write(file, content, Optional.empty());
    }

    /** Replaces the file and gives it to a user; only root can. */
    public static void write(Path file, String content, Optional<String> owner) {
        write(file, out -> out.write(content.getBytes(StandardCharsets.UTF_8)), owner);
    }

    /** Replaces the file with a content that is never in memory as a whole, and gives it to a user; only root can. */
    public static void write(Path file, AtomicFile.Content content, Optional<String> owner) {
        Path directory = parent(file);
        Path temporary = directory.resolve("." + file.getFileName() + ".tmp");
        AtomicFile.Content owned = out -> {
            content.writeTo(out);
            owner.ifPresent(user -> give(temporary, user));
        };
        try {
            AtomicFile.write(file, temporary, owned, AtomicFile.PRIVATE);
        } catch (IOException e) {
            throw new CharmException(
                    "cannot write '" + file + "': " + e.getMessage() + "; "
                            + DiskSpaceWarning.watch()
                                    .of("it is on", directory)
                                    .problem()
                                    .orElse("check that the directory exists and may be written to")
                            + "; what was there before is kept",
                    e);
        }
    }

    /** Its content; empty when there is none. */
    public static Optional<String> read(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + file + "': " + e.getMessage(), e);
        }
    }

    /** Gives a file or directory to a user; only root can. */
    public static void give(Path path, String owner) {
        try {
            Files.setOwner(
                    path, path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(owner));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot give '" + path + "' to user '" + owner + "': " + e.getMessage(), e);
        }
    }

    /** Makes a directory with this mode, such as {@code rwx--x--x}, or sets the mode of the one that is there. */
    public static Path directory(Path path, String mode) {
        try {
            Files.createDirectories(path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
            return path;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make directory '" + path + "': " + e.getMessage(), e);
        }
    }

    private static Path parent(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("'" + file + "' is no file");
        }
        return parent;
    }
}
