package io.livepatch.storage.cache;

import io.livepatch.storage.Sha256;
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
 * What one process of the unit does and its siblings leave to it meanwhile: locks on bytes of a file, which end with the process,
 * kill -9 included.
 *
 * <p>POSIX takes all of them from a process that closes <em>any</em> descriptor of the file. So a JVM has it open once at most:
 * {@link #OPEN} knows it by its inode, which is another one after the cache's directory was emptied, and counts who uses it.
 */
final class ProcessLocks implements AutoCloseable {
    private static final long ROOM = 0;
    /** A power of two, in milliseconds. */
    private static final int LONGEST_PAUSE = 6;
    /** Hexadecimal digits of a digest that fit into a position in a file. */
    private static final int DIGITS = 15;

    private static final Map<Object, ProcessLocks> OPEN = new HashMap<>();

    private final Object key;
    private final FileChannel channel;
    private int users;

    private ProcessLocks(Object key, FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /** Opens the file, creating it if it is absent. */
    static ProcessLocks open(Path file) throws IOException {
        synchronized (OPEN) {
            // By stat(2), before it is opened: closing it again would be the end of all claims.
            @Nullable ProcessLocks processLocks = Files.exists(file) ? OPEN.get(CacheDirectory.key(file)) : null;
            if (processLocks == null) {
                processLocks = opened(file);
                OPEN.put(processLocks.key, processLocks);
            }
            processLocks.users++;
            return processLocks;
        }
    }

    private static ProcessLocks opened(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            return new ProcessLocks(CacheDirectory.key(file), channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The right to fill, or to remove what was being filled; empty if somebody has it, of this process or a sibling. */
    Optional<FileLock> claim(Sha256 sha256) throws IOException {
        return claim(position(sha256));
    }

    /** As {@link #claim}, when whoever has it is done; empty if that takes longer than this. */
    Optional<FileLock> await(Sha256 sha256, Duration patience) throws IOException, InterruptedException {
        return await(position(sha256), patience);
    }

    /** The right to change how much there is; empty if that takes longer than this. */
    Optional<FileLock> awaitRoom(Duration patience) throws IOException, InterruptedException {
        return await(ROOM, patience);
    }

    private static long position(Sha256 sha256) {
        return 1 + Long.parseLong(sha256.hex(), 0, DIGITS, 16);
    }

    private Optional<FileLock> claim(long position) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock(position, 1, false));
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }

    /** The JDK can wait for a lock, but not for one that this process has, nor with an end. */
    private Optional<FileLock> await(long position, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        for (int attempt = 0; ; attempt++) {
            Optional<FileLock> claim = claim(position);
            if (claim.isPresent() || System.nanoTime() - deadline >= 0) {
                return claim;
            }
            Thread.sleep(1L << Math.min(attempt, LONGEST_PAUSE));
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (OPEN) {
            if (--users == 0) {
                OPEN.remove(key);
                channel.close();
            }
        }
    }
}
