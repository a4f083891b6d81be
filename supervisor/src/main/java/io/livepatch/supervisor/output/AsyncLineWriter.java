package io.livepatch.supervisor.output;

import io.livepatch.supervisor.output.BoundedLineQueue.Block;
import io.livepatch.supervisor.output.BoundedLineQueue.Loss;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream that many write lines to and none of them ever waits for: lines wait in a {@link BoundedLineQueue} for one thread, which may be
 * blocked by a reader for as long as that likes. What finds no room, or nobody to read it, is dropped and counted, and a JSON
 * line says so at the gap as soon as lines flow again. Safe for threads.
 */
public final class AsyncLineWriter implements AutoCloseable {

    /** What waits for a slow reader, in memory. */
    public static final int DEFAULT_BACKLOG = 8 << 20;

    private static final Logger log = LoggerFactory.getLogger(AsyncLineWriter.class);

    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final long RETRY_NANOS = Duration.ofMillis(10).toNanos();

    private final String name;
    private final WritableByteChannel to;
    private final InstantSource clock;
    private final Duration lastWords;
    private final BoundedLineQueue boundedLineQueue;
    private final Thread writer;
    private final LongAdder droppedLines = new LongAdder();
    private final LongAdder droppedBytes = new LongAdder();

    /** Of the last write; the writer's own, as is {@link #torn}. */
    private boolean failing;
    /** The reader has seen the beginning of a line whose rest was dropped. */
    private boolean torn;

    AsyncLineWriter(String name, WritableByteChannel to, int backlogBytes, Duration lastWords, InstantSource clock) {
        this.name = name;
        this.to = to;
        this.clock = clock;
        this.lastWords = lastWords;
        this.boundedLineQueue = new BoundedLineQueue(backlogBytes, this::notice);
        this.writer = Thread.ofPlatform().daemon().name("outlet " + name).unstarted(this::write);
    }

    @SuppressWarnings("resource") // Standard streams stay open.
    public static AsyncLineWriter standardOutput(int backlogBytes, InstantSource clock) {
        var channel = new FileOutputStream(FileDescriptor.out).getChannel();
        return new AsyncLineWriter("standard output", channel, backlogBytes, LAST_WORDS, clock);
    }

    @SuppressWarnings("resource") // Standard streams stay open.
    public static AsyncLineWriter standardError(int backlogBytes, InstantSource clock) {
        var channel = new FileOutputStream(FileDescriptor.err).getChannel();
        return new AsyncLineWriter("standard error", channel, backlogBytes, LAST_WORDS, clock);
    }

    public void start() {
        writer.start();
    }

    /** Takes whole lines, or drops them. */
    void offer(byte[] lines, int count) {
        if (!boundedLineQueue.offer(lines, count)) {
            countDropped(new Loss(count, lines.length));
        }
    }

    private void countDropped(Loss loss) {
        droppedLines.add(loss.lines());
        droppedBytes.add(loss.bytes());
    }

    /** For the supervisor's own log, which must not wait for a reader either. Passes on whole lines; nothing to close. */
    public OutputStream stream() {
        return new AsyncLineStream(this);
    }

    public long droppedLines() {
        return droppedLines.sum();
    }

    public long droppedBytes() {
        return droppedBytes.sum();
    }

    private byte[] notice(Loss loss) {
        return """
                {"time":"%s","level":"warn","message":"%d lines of output were dropped: %s took them too slowly or not at all",\
                "dropped_lines":%d,"dropped_bytes":%d}
                """.formatted(JsonLines.time(clock.instant()), loss.lines(), name, loss.lines(), loss.bytes())
                .getBytes(StandardCharsets.UTF_8);
    }

    private void write() {
        try {
            for (Block block = boundedLineQueue.take(); block != null; block = boundedLineQueue.take()) {
                write(block);
            }
        } catch (InterruptedException e) {
            // Nobody but close() does it, and then there is nothing left to wait for.
            Thread.currentThread().interrupt();
        }
    }

    /** A reader that is gone fails every write at once; a disk that was full may have room next time. */
    private void write(Block block) {
        ByteBuffer bytes = ByteBuffer.wrap(block.bytes);
        try {
            if (torn) {
                writeAll(ByteBuffer.wrap(new byte[] {'\n'}));
                torn = false;
            }
            writeAll(bytes);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                log.warn("cannot write to {}: output of workers is dropped until it works again", name, e);
            }
            failing = true;
            lose(block, bytes.position());
        }
    }

    private void lose(Block block, int written) {
        torn |= written > 0 && block.bytes[written - 1] != '\n';
        int from = Math.max(written, block.noticeLength);
        Loss loss = new Loss(lines(block.bytes, from), block.bytes.length - from);
        countDropped(loss);
        boundedLineQueue.failed(written < block.noticeLength ? block.said.plus(loss) : loss);
    }

    private void writeAll(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (to.write(bytes) == 0) {
                // Somebody else who has this pipe made it non-blocking, for all who have it.
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private static long lines(byte[] bytes, int from) {
        long lines = 0;
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                lines++;
            }
        }
        return lines;
    }

    /** Waits until all is written, but not for ever: what a reader does not take within a moment is dropped. */
    @Override
    public void close() {
        boundedLineQueue.close();
        try {
            if (writer.isAlive() && !writer.join(lastWords)) {
                writer.interrupt();
            }
        } catch (InterruptedException e) {
            writer.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
