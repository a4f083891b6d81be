package io.livepatch.server.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/**
 * A shared port that is bound but not listened on. The unit's other processes that share the port get all of its connections, and a port
 * in use by a process that does not share it is detected.
 */
final class PortReservation implements AutoCloseable {
    private final SocketChannel channel;

    private PortReservation(SocketChannel channel) {
        this.channel = channel;
    }

    /** Port 0 selects a free one. */
    static PortReservation reserve(InetSocketAddress address) throws IOException {
        // Not a ServerSocketChannel: its bind also listens, and the kernel would queue connections here.
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            return new PortReservation(channel.bind(address));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    int port() {
        return channel.socket().getLocalPort();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
