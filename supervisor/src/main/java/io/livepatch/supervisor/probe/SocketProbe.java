package io.livepatch.supervisor.probe;

import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
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

/** Sends a line to a unix socket and waits for the first byte of the answer. */
final class SocketProbe {

    private SocketProbe() {}

    /**
     * Blocks for at most {@code timeout}. A socket whose owner is stopped accepts connections until its queue is full, after which
     * connect blocks. Java has timeouts for neither connect nor read, so another thread closes the channel after the timeout.
     */
    static Optional<ProbeFailure> ask(Path path, String command, Duration timeout) throws IOException {
        Executor later = CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            var alarm = CompletableFuture.runAsync(() -> close(channel), later);
            try {
                if (!connected(channel, path)) {
                    return Optional.of(
                            ProbeFailure.noAnswer("'%s' accepts no connection: its queue is full".formatted(path)));
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
     * False if the queue of the socket is full, which the connections of earlier probes cause while its owner is stopped. The kernel
     * returns EAGAIN, which Java reports as a plain SocketException, like missing permission. A socket without an owner refuses.
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
            throw new UncheckedIOException(e);
        }
    }
}
