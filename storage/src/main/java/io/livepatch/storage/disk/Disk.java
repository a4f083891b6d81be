package io.livepatch.storage.disk;

import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What is asked of a disk beyond reading and writing: durable directories, and an answer to why it failed. */
public final class Disk {
    /** Less room than this after a failed write means that the room was the reason. */
    private static final long NO_ROOM = 256 * 1024;

    private Disk() {}

    /** Makes the entries of a directory durable. */
    public static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Creates a directory with its parents, all of them durable. */
    public static void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (@Nullable Path path = directory; path != null && !Files.exists(path); path = path.getParent()) {
            missing.push(path);
        }
        // Also says so when a part of the path is no directory.
        Files.createDirectories(directory);
        for (Path created : missing) {
            @Nullable Path parent = created.getParent();
            if (parent != null) {
                sync(parent);
            }
        }
    }

    /** The exception for a disk operation that failed: full, or else unavailable. */
    public static StoreException failure(String what, Path directory, IOException cause) {
        String failed = what + " in '" + directory + "' failed: " + reason(cause);
        if (full(directory, cause)) {
            return new StoreException.Full(
                    failed + " (" + free(directory) + "); free some room there, or move the store to a larger disk",
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

    /** Measured after the failure, so what the failed write had taken may be free again. */
    private static String free(Path directory) {
        try {
            return "its disk has " + DiskSpace.of(directory);
        } catch (IOException e) {
            return "how much is free is not known: " + e.getMessage();
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

    /** Java keeps the error number to itself and its text may be in another language, so the free room is asked as well. */
    private static boolean full(Path directory, IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
            return true;
        }
        try {
            return DiskSpace.of(directory).free() < NO_ROOM;
        } catch (IOException e) {
            cause.addSuppressed(e);
            return false;
        }
    }
}
