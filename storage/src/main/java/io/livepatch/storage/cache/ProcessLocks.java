package io.livepatch.storage.cache;

import io.livepatch.storage.Sha256;
import io.livepatch.storage.disk.FileVersion;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Locks between the processes of a unit: byte-range locks on a file. The kernel releases them when their process ends, also by
 * {@code kill -9}.
 *
 * <p>POSIX releases all locks of a process on a file when the process closes <em>any</em> descriptor of it. So a JVM has the file open
 * at most once: {@link #OPEN} shares it by its inode, which changes when the cache's directory is emptied, and counts its users.
 */
final class ProcessLocks implements AutoCloseable {
    private static final long SPACE = 0;
    /** The longest pause between two attempts is 2 to the power of this, in milliseconds. */
    private static final int MAX_PAUSE_EXPONENT = 6;
    /** Hexadecimal digits of a digest that fit into a position in a file. */
    private static final int DIGITS = 15;

    private static final Map<Object, ProcessLocks> OPEN = new HashMap<>();

    private final Object fileKey;
    private final FileChannel channel;
    private int users;

    private ProcessLocks(Object fileKey, FileChannel channel) {
        this.fileKey = fileKey;
        this.channel = channel;
    }

    /** Opens the file, creating it if it is absent. */
    static ProcessLocks open(Path file) throws IOException {
        synchronized (OPEN) {
            // The key is read by stat(2), without opening the file: closing that descriptor would release all locks.
            @Nullable
            ProcessLocks processLocks =
                    Files.exists(file) ? OPEN.get(FileVersion.of(file).key()) : null;
            if (processLocks == null) {
                processLocks = openChannel(file);
                OPEN.put(processLocks.fileKey, processLocks);
            }
            processLocks.users++;
            return processLocks;
        }
    }

    private static ProcessLocks openChannel(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            return new ProcessLocks(FileVersion.of(file).key(), channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Locks a digest, whose holder may fill its entry and remove its staged files; empty if it is locked, also by this process. */
    Optional<FileLock> tryLock(Sha256 sha256) throws IOException {
        return tryLock(position(sha256));
    }

    /** As {@link #tryLock}, but waits for the lock; empty after the timeout. */
    Optional<FileLock> lock(Sha256 sha256, Duration timeout) throws IOException, InterruptedException {
        return lock(position(sha256), timeout);
    }

    /** Locks the cache's space, whose holder may evict entries and reserve space; empty after the timeout. */
    Optional<FileLock> lockSpace(Duration timeout) throws IOException, InterruptedException {
        return lock(SPACE, timeout);
    }

    private static long position(Sha256 sha256) {
        return 1 + Long.parseLong(sha256.hex(), 0, DIGITS, 16);
    }

    private Optional<FileLock> tryLock(long position) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock(position, 1, false));
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }

    /** Polls, since {@link FileChannel#lock} has no timeout and does not wait for a lock that this process holds. */
    private Optional<FileLock> lock(long position, Duration timeout) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (int attempt = 0; ; attempt++) {
            Optional<FileLock> lock = tryLock(position);
            if (lock.isPresent() || System.nanoTime() - deadline >= 0) {
                return lock;
            }
            Thread.sleep(1L << Math.min(attempt, MAX_PAUSE_EXPONENT));
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (OPEN) {
            if (--users == 0) {
                OPEN.remove(fileKey);
                channel.close();
            }
        }
    }
}
