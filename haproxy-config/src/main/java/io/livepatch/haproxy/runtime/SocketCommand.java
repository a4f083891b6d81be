package io.livepatch.haproxy.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Sends one command on a connection of its own and reads the answer. */
final class SocketCommand {
    private final Path socket;
    private final Duration timeout;

    SocketCommand(Path socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
    }

    /** Reads until haproxy closes the connection; fails with a {@link SocketTimeoutException} after the time-out. */
    String send(String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
            // Otherwise the master keeps the connection open for another command, and the answer has no end.
            channel.shutdownOutput();
            return readAll(channel, command);
        }
    }

    private String readAll(SocketChannel channel, String command) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(16384);
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer)) {
                answer.write(buffer.array(), 0, buffer.position());
                buffer.clear();
                if (read == 0) {
                    await(selector, deadline, command);
                }
            }
        }
        return answer.toString(StandardCharsets.UTF_8);
    }

    private void await(Selector selector, long deadline, String command) throws IOException {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (left <= 0) {
            throw new SocketTimeoutException(
                    "no end of the answer to '" + command + "' within " + timeout.toSeconds() + " s");
        }
        selector.select(left);
        selector.selectedKeys().clear();
    }
}
