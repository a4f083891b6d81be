package io.livepatch.supervisor.output;

import io.livepatch.supervisor.output.BoundedLineQueue.Block;
import io.livepatch.supervisor.output.BoundedLineQueue.Loss;
import java.io.ByteArrayOutputStream;
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
 * Writes whole lines to a stream on a thread of its own, so that no caller waits for the reader of the stream. Lines wait in a
 * {@link BoundedLineQueue}. Lines that find no room there, or that cannot be written, are dropped and counted, and a JSON line at
 * the gap reports the loss as soon as lines can be written again. Thread-safe.
 */
public final class AsyncLineWriter implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AsyncLineWriter.class);

    /** How many bytes may wait for a slow reader. */
    private static final int QUEUE_BYTES = 8 << 20;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);
    private static final long RETRY_NANOS = Duration.ofMillis(10).toNanos();

    private final String name;
    private final WritableByteChannel channel;
    private final InstantSource clock;
    private final Duration closeTimeout;
    private final BoundedLineQueue queue;
    private final Thread writer;
    private final LongAdder droppedLines = new LongAdder();
    private final LongAdder droppedBytes = new LongAdder();

    /** Whether the last write failed. Confined to the writer thread, as is {@link #lineCut}. */
    private boolean failing;
    /** Whether the last byte written is inside a line whose rest was dropped. */
    private boolean lineCut;

    AsyncLineWriter(
            String name, WritableByteChannel channel, int queueBytes, Duration closeTimeout, InstantSource clock) {
        this.name = name;
        this.channel = channel;
        this.clock = clock;
        this.closeTimeout = closeTimeout;
        this.queue = new BoundedLineQueue(queueBytes, this::notice);
        this.writer = Thread.ofPlatform().daemon().name("writer of " + name).unstarted(this::write);
    }

    public static AsyncLineWriter standardOutput(InstantSource clock) {
        return standard("standard output", FileDescriptor.out, clock);
    }

    public static AsyncLineWriter standardError(InstantSource clock) {
        return standard("standard error", FileDescriptor.err, clock);
    }

    @SuppressWarnings("resource") // Standard streams stay open.
    private static AsyncLineWriter standard(String name, FileDescriptor stream, InstantSource clock) {
        WritableByteChannel channel = new FileOutputStream(stream).getChannel();
        return new AsyncLineWriter(name, channel, QUEUE_BYTES, CLOSE_TIMEOUT, clock);
    }

    public void start() {
        writer.start();
    }

    /** Queues whole lines, or drops them. */
    void offer(byte[] lines, int count) {
        if (!queue.offer(lines, count)) {
            countDropped(new Loss(count, lines.length));
        }
    }

    private void countDropped(Loss loss) {
        droppedLines.add(loss.lines());
        droppedBytes.add(loss.bytes());
    }

    /** A stream for the supervisor's own log; it need not be closed. */
    public OutputStream stream() {
        return new LineStream(this);
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
            for (Block block = queue.take(); block != null; block = queue.take()) {
                write(block);
            }
        } catch (InterruptedException e) {
            // Only close() interrupts this thread, when its timeout is over.
            Thread.currentThread().interrupt();
        }
    }

    private void write(Block block) {
        ByteBuffer bytes = ByteBuffer.wrap(block.bytes);
        try {
            if (lineCut) {
                writeAll(ByteBuffer.wrap(new byte[] {'\n'}));
                lineCut = false;
            }
            writeAll(bytes);
            failing = false;
        } catch (IOException e) {
            // Later writes are tried all the same: a full disk may have room by then, and a closed pipe fails at once.
            if (!failing) {
                log.warn("cannot write to {}: output of workers is dropped until writing works again", name, e);
            }
            failing = true;
            drop(block, bytes.position());
        }
    }

    private void drop(Block block, int written) {
        lineCut |= written > 0 && block.bytes[written - 1] != '\n';
        int from = Math.max(written, block.noticeLength);
        Loss loss = new Loss(lines(block.bytes, from), block.bytes.length - from);
        countDropped(loss);
        queue.failed(written < block.noticeLength ? block.reported.plus(loss) : loss);
    }

    private void writeAll(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                // Another process that shares this pipe has made it non-blocking for all of them.
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

    /** Waits for the writes of all queued lines, at most for the close timeout; the rest is dropped. */
    @Override
    public void close() {
        queue.close();
        try {
            if (writer.isAlive() && !writer.join(closeTimeout)) {
                writer.interrupt();
            }
        } catch (InterruptedException e) {
            writer.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    /** Passes on whole lines, so that they do not mix with the lines of other callers. */
    private static final class LineStream extends OutputStream {

        /** A longer line is cut, which bounds the memory that output without newlines takes. */
        private static final int MAX_LINE = 1 << 20;

        private final AsyncLineWriter writer;
        private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
        private int lines;

        LineStream(AsyncLineWriter writer) {
            this.writer = writer;
        }

        @Override
        public void write(int octet) {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            int rest = from;
            for (int i = from; i < from + length; i++) {
                if (bytes[i] == '\n') {
                    pending.write(bytes, rest, i + 1 - rest);
                    rest = i + 1;
                    lines++;
                }
            }
            if (lines > 0) {
                offerPending();
            }
            pending.write(bytes, rest, from + length - rest);
            if (pending.size() > MAX_LINE) {
                pending.write('\n');
                lines = 1;
                offerPending();
            }
        }

        private void offerPending() {
            writer.offer(pending.toByteArray(), lines);
            pending.reset();
            lines = 0;
        }
    }
}
