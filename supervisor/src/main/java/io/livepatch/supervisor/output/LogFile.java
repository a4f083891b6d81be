package io.livepatch.supervisor.output;

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
 * A worker's log, rotated by size at the ends of lines. A worker must never wait for a disk that takes nothing: what cannot
 * be written is dropped and counted, said once when it begins, and noted in the file when writing works again.
 */
public final class LogFile implements WorkerOutput {

    private static final Logger log = LoggerFactory.getLogger(LogFile.class);

    /** Output may hold what only the owner of the pool may read. */
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private static final Set<OpenOption> APPEND = Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

    private final Path file;
    private final long maxBytes;
    private final int keep;
    private final LongAdder droppedEver;
    /** Held while the disk works; taken by pumps and by close alone, never on the loop while a worker runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable FileChannel channel;
    private long size;
    private boolean midLine;
    private long dropped;
    private String whyDropped = "";
    private boolean closed;

    /** Opens nothing yet. */
    public LogFile(Path file, long maxBytes, int keep) {
        this(file, maxBytes, keep, new LongAdder());
    }

    LogFile(Path file, long maxBytes, int keep, LongAdder droppedEver) {
        this.file = file;
        this.maxBytes = maxBytes;
        this.keep = keep;
        this.droppedEver = droppedEver;
    }

    public Path file() {
        return file;
    }

    /** Both streams of a worker in the order of their writing. */
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
            noteLoss();
            while (chunk.hasRemaining()) {
                append(chunk);
            }
        } catch (IOException e) {
            if (dropped == 0) {
                log.warn("cannot write the log '{}': output is dropped until it works again", file, e);
            }
            dropped += chunk.remaining();
            droppedEver.add(chunk.remaining());
            whyDropped = String.valueOf(e.getMessage());
            closeChannel();
        }
    }

    private void noteLoss() throws IOException {
        if (dropped == 0) {
            return;
        }
        String note = "%s[supervisor] %d bytes of output were dropped here: %s%n"
                .formatted(midLine ? System.lineSeparator() : "", dropped, whyDropped);
        writeAll(ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8)));
        log.warn("the log '{}' can be written again; {} bytes of output were dropped", file, dropped);
        dropped = 0;
    }

    /** Writes as much of {@code chunk} as belongs into the current file, then rotates if that is full. */
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
            // One line that is too long: whole, unless it fills a second file, or a missing newline would eat the disk.
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
