package io.livepatch.supervisor.probe;

import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Sends a line to a unix socket and waits for the first byte of an answer. */
final class SocketProbe {

    private SocketProbe() {}

    /**
     * Blocks for at most {@code timeout}. The kernel connects to a socket whose owner is stopped, and a full queue blocks even
     * the connect; neither has a timeout in Java, so another thread closes the channel when the time is over.
     */
    static Optional<ProbeFailure> ask(Path path, String command, Duration timeout) throws IOException {
        Executor later = CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            var alarm = CompletableFuture.runAsync(() -> close(channel), later);
            try {
                if (!connected(channel, path)) {
                    return Optional.of(
                            ProbeFailure.noAnswer("'%s' takes no connection: its queue is full".formatted(path)));
                }
                channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
                return channel.read(ByteBuffer.allocate(1)) > 0
                        ? Optional.empty()
                        : Optional.of(
                                ProbeFailure.badAnswer("'%s' closes the connection without an answer".formatted(path)));
            } catch (AsynchronousCloseException e) {
                return Optional.of(ProbeFailure.noAnswer(
                        "'%s' at '%s' has no answer within %s".formatted(command, path, timeout)));
            } finally {
                alarm.cancel(false);
            }
        }
    }

    /**
     * False when the connection could not even be queued. The queue of a socket whose owner is stopped fills with the connections
     * of earlier probes; then the kernel answers EAGAIN, for which Java has no exception of its own. A socket without an owner
     * refuses, and one that may not be written to is no fault of its owner.
     */
    private static boolean connected(SocketChannel channel, Path path) throws IOException {
        try {
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (SocketException e) {
            if (e instanceof ConnectException || !Files.isWritable(path)) {
                throw e;
            }
            return false;
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
