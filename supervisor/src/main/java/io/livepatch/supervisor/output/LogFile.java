package io.livepatch.supervisor.output;

import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log file of one worker, rotated by size at the end of a line. Output that cannot be written is dropped and counted, so that no
 * worker waits for a full disk: the supervisor's log reports when that begins, and a line in the file when writing works again.
 * Thread-safe.
 */
public final class LogFile implements WorkerOutput {

    private static final Logger log = LoggerFactory.getLogger(LogFile.class);

    /** Output may contain secrets of the pool. */
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private static final Set<OpenOption> APPEND = Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

    private final Path file;
    private final long maxBytes;
    private final int keep;
    private final LongAdder droppedTotal;
    /** Held during disk I/O, so the event loop must not take it while the worker runs: only pumps and close do. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable FileChannel channel;
    private long size;
    private boolean midLine;
    private long dropped;
    private String dropReason = "";
    private boolean closed;

    /** The file is opened by the first write; {@code droppedTotal} counts the bytes that are dropped. */
    LogFile(LogSpec spec, int worker, LongAdder droppedTotal) {
        this.file = spec.fileOf(worker);
        this.maxBytes = spec.maxBytes();
        this.keep = spec.keep();
        this.droppedTotal = droppedTotal;
    }

    /** A {@link WorkerOutput.Factory} for pools that all have a log: each worker's output goes to its file and nowhere else. */
    public static LogFile open(PoolSpec pool, String workerId, int worker) {
        LogSpec spec = pool.log()
                .orElseThrow(() -> new SupervisorException.InvalidSpec(
                        "pool '%s' has no log file for the output of its workers".formatted(pool.name())));
        return new LogFile(spec, worker, new LongAdder());
    }

    @Override
    public boolean merged() {
        return true;
    }

    @Override
    public void err(byte[] bytes, int length) {
        out(bytes, length);
    }

    @Override
    public void out(byte[] bytes, int length) {
        lock.lock();
        try {
            if (!closed) {
                writeOrDrop(bytes, length);
            }
        } finally {
            lock.unlock();
        }
    }

    private void writeOrDrop(byte[] bytes, int length) {
        ByteBuffer chunk = ByteBuffer.wrap(bytes, 0, length);
        try {
            reportLoss();
            while (chunk.hasRemaining()) {
                append(chunk);
            }
        } catch (IOException e) {
            if (dropped == 0) {
                log.warn("cannot write the log '{}': output is dropped until writing works again", file, e);
            }
            dropped += chunk.remaining();
            droppedTotal.add(chunk.remaining());
            dropReason = String.valueOf(e.getMessage());
            closeChannel();
        }
    }

    private void reportLoss() throws IOException {
        if (dropped == 0) {
            return;
        }
        String note = "%s[supervisor] %d bytes of output were dropped here: %s%n"
                .formatted(midLine ? System.lineSeparator() : "", dropped, dropReason);
        writeAll(ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8)));
        log.warn("the log '{}' can be written again, {} bytes of output were dropped", file, dropped);
        dropped = 0;
    }

    /** Writes the part of {@code chunk} that belongs into the current file, then rotates the file if it is full. */
    private void append(ByteBuffer chunk) throws IOException {
        open();
        long room = maxBytes - size;
        if (chunk.remaining() <= room) {
            writeAll(chunk);
            return;
        }
        int wholeLines = afterLastNewline(chunk, Math.clamp(room, 0, chunk.remaining()));
        if (wholeLines > 0) {
            writeAll(part(chunk, wholeLines));
        } else if (midLine || size == 0) {
            // A line that is too long is kept whole up to twice the size of a file; without that bound, output without
            // newlines would fill the disk.
            int line = afterFirstNewline(chunk);
            writeAll(part(chunk, Math.clamp(2 * maxBytes - size, 1, line)));
            if (midLine && size < 2 * maxBytes) {
                return;
            }
        }
        rotate();
    }

    private static int afterLastNewline(ByteBuffer chunk, int limit) {
        for (int i = limit - 1; i >= 0; i--) {
            if (chunk.get(chunk.position() + i) == '\n') {
                return i + 1;
            }
        }
        return 0;
    }

    private static int afterFirstNewline(ByteBuffer chunk) {
        for (int i = 0; i < chunk.remaining(); i++) {
            if (chunk.get(chunk.position() + i) == '\n') {
                return i + 1;
            }
        }
        return chunk.remaining();
    }

    private static ByteBuffer part(ByteBuffer chunk, int length) {
        ByteBuffer part = chunk.slice(chunk.position(), length);
        chunk.position(chunk.position() + length);
        return part;
    }

    private void writeAll(ByteBuffer bytes) throws IOException {
        FileChannel open = open();
        while (bytes.hasRemaining()) {
            size += open.write(bytes);
            midLine = bytes.get(bytes.position() - 1) != '\n';
        }
    }

    private FileChannel open() throws IOException {
        FileChannel open = channel;
        if (open == null) {
            Files.createDirectories(file.getParent());
            FileAttribute<?> mode = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
            open = FileChannel.open(file, APPEND, mode);
            channel = open;
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.setPosixFilePermissions(file, OWNER_ONLY);
            }
            size = open.size();
        }
        return open;
    }

    private void rotate() throws IOException {
        closeChannel();
        if (keep == 0) {
            Files.delete(file);
            return;
        }
        for (int age = keep - 1; age >= 1; age--) {
            if (Files.exists(old(age))) {
                Files.move(old(age), old(age + 1), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        Files.move(file, old(1), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path old(int age) {
        return file.resolveSibling(file.getFileName() + "." + age);
    }

    private void closeChannel() {
        FileChannel open = channel;
        channel = null;
        size = 0;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                log.warn("cannot close the log '{}': its last lines may be missing", file, e);
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            closeChannel();
        } finally {
            lock.unlock();
        }
    }
}
