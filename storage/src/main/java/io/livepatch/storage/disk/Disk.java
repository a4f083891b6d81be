package io.livepatch.storage.disk;

import io.livepatch.common.file.AtomicFile;
import io.livepatch.common.file.DiskSpace;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Durable directories, and the translation of a disk's errors into {@link StoreException}s. */
public final class Disk {
    /** If less space than this is free after a failed write, a full disk is taken for the cause. */
    private static final long FULL_BELOW = 256 * 1024;

    private Disk() {}

    /** Creates a directory and its missing parents, and makes all of them durable. */
    public static void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (@Nullable Path path = directory; path != null && !Files.exists(path); path = path.getParent()) {
            missing.push(path);
        }
        // Called even if nothing is missing: it fails if the path is not a directory.
        Files.createDirectories(directory);
        for (Path created : missing) {
            @Nullable Path parent = created.getParent();
            if (parent != null) {
                AtomicFile.syncDirectory(parent);
            }
        }
    }

    /** The exception for a failed disk operation: {@link StoreException.Full} if the disk is full, else {@link StoreException.Unavailable}. */
    public static StoreException failure(String operation, Path directory, IOException cause) {
        String failed = operation + " in '" + directory + "' failed: " + reason(cause);
        if (isFull(directory, cause)) {
            return new StoreException.Full(
                    failed + " (" + describeSpace(directory)
                            + "); free some room there, or move the store to a larger disk",
                    cause);
        }
        if (cause instanceof ClosedByInterruptException) {
            return new StoreException.Unavailable(failed + "; try again", cause);
        }
        return new StoreException.Unavailable(
                failed + "; check that the disk is mounted and that user '" + System.getProperty("user.name")
                        + "' may read and write there",
                cause);
    }

    /** Measured after the failure: the space that the failed write had taken may be free again. */
    private static String describeSpace(Path directory) {
        try {
            return "its disk has " + DiskSpace.of(directory);
        } catch (IOException e) {
            return "its free space is unknown: " + e.getMessage();
        }
    }

    private static String reason(IOException cause) {
        return switch (cause) {
            case AccessDeniedException denied -> "permission denied on '" + denied.getFile() + "'";
            case NoSuchFileException absent -> "'" + absent.getFile() + "' does not exist";
            case ClosedByInterruptException _ -> "interrupted";
            case FileSystemException other
            when other.getReason() == null -> other.getClass().getSimpleName() + " on '" + other.getFile() + "'";
            default -> String.valueOf(cause.getMessage());
        };
    }

    /** Java does not expose errno, and the text may be localized, so the free space is checked as well. */
    private static boolean isFull(Path directory, IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
            return true;
        }
        try {
            return DiskSpace.of(directory).free() < FULL_BELOW;
        } catch (IOException e) {
            cause.addSuppressed(e);
            return false;
        }
    }
}
