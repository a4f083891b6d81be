package io.livepatch.common.socket;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.databind.json.JsonMapper;

/**
 * A connection that carries JSON values, one a line. Any thread may send; one thread at a time may receive. A thread of its own writes,
 * since an interrupt of a thread that writes to a channel closes the channel ({@link java.nio.channels.InterruptibleChannel}).
 */
public final class JsonChannel implements AutoCloseable {
    private final SocketChannel channel;
    private final JsonMapper json;
    private final BufferedReader reader;
    private final BufferedWriter writer;
    private final ExecutorService writing =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("writer").factory());
    private final int maxLength;

    JsonChannel(SocketChannel channel, JsonMapper json, int maxLength) {
        this.channel = channel;
        this.json = json;
        this.maxLength = maxLength;
        this.reader = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        this.writer = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
    }

    /**
     * Connects to the server at this socket, whose values may have any length.
     *
     * @throws IOException if no process listens there. A server that hangs accepts connections and does not answer
     */
    public static JsonChannel connect(Path socket, JsonMapper json) throws IOException {
        return new JsonChannel(SocketChannel.open(UnixDomainSocketAddress.of(socket)), json, Integer.MAX_VALUE);
    }

    /**
     * Sends a value. Blocks while the other side does not read and the kernel's buffer is full.
     *
     * @throws InterruptedIOException if this thread is interrupted meanwhile; the value is sent nevertheless
     */
    public void send(Object value) throws IOException {
        try {
            sendAsync(value).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException) new InterruptedIOException("interrupted while sending").initCause(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        }
    }

    /** Sends a value after those that were sent before. Completes with an {@link IOException} if it cannot be sent. */
    public CompletableFuture<Void> sendAsync(Object value) {
        String line = json.writeValueAsString(value);
        CompletableFuture<Void> sent = new CompletableFuture<>();
        try {
            writing.execute(() -> {
                try {
                    writer.write(line);
                    writer.write('\n');
                    writer.flush();
                    sent.complete(null);
                } catch (ClosedChannelException e) {
                    sent.completeExceptionally(new IOException("the connection is closed", e));
                } catch (IOException | RuntimeException e) {
                    sent.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            sent.completeExceptionally(new IOException("the connection is closed", e));
        }
        return sent;
    }

    /**
     * The next value; empty if the other side has closed the connection.
     *
     * @throws TooLong if it exceeds the limit; the rest of it has been discarded
     */
    public <T> Optional<T> receive(Class<T> type) throws IOException {
        StringBuilder line = new StringBuilder();
        long length = 0;
        int next = reader.read();
        while (next >= 0 && next != '\n') {
            length++;
            if (length <= maxLength) {
                line.append((char) next);
            }
            next = reader.read();
        }
        if (length > maxLength) {
            throw new TooLong(length, maxLength);
        }
        return next < 0 ? Optional.empty() : Optional.of(json.readValue(line.toString(), type));
    }

    /**
     * The next value, as {@link #receive(Class)}.
     *
     * @throws SocketTimeoutException if it does not arrive in time; the connection is closed then
     */
    public <T> Optional<T> receive(Class<T> type, Duration timeout) throws IOException {
        // Whichever comes first, the value or the timer, decides: a value that was received leaves the connection open.
        AtomicBoolean decided = new AtomicBoolean();
        Thread timer = Thread.ofVirtual().name("receive timeout").start(() -> {
            try {
                Thread.sleep(timeout);
                if (decided.compareAndSet(false, true)) {
                    channel.close();
                }
            } catch (InterruptedException | IOException answered) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            Optional<T> value = receive(type);
            if (decided.compareAndSet(false, true)) {
                return value;
            }
            throw late(timeout);
        } catch (ClosedChannelException e) {
            if (decided.get()) {
                SocketTimeoutException timedOut = late(timeout);
                timedOut.initCause(e);
                throw timedOut;
            }
            throw e;
        } finally {
            timer.interrupt();
        }
    }

    private static SocketTimeoutException late(Duration timeout) {
        return new SocketTimeoutException("no answer within " + timeout.toMillis() / 1000.0 + " s");
    }

    /** A received value exceeds the limit. */
    public static final class TooLong extends IOException {
        private static final long serialVersionUID = 1L;

        TooLong(long length, int maxLength) {
            super("the request has " + length + " characters and may have " + maxLength);
        }
    }

    @Override
    public void close() throws IOException {
        writing.shutdown();
        channel.close();
    }
}
