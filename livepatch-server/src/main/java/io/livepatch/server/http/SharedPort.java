package io.livepatch.server.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/**
 * A port that is taken without being listened on. Siblings that share the port go on getting all of its connections, and yet
 * a port on which somebody listens who does not share it is known at once.
 */
final class SharedPort implements AutoCloseable {
    private final SocketChannel channel;

    private SharedPort(SocketChannel channel) {
        this.channel = channel;
    }

    /** Takes the port; 0 takes a free one. */
    static SharedPort take(InetSocketAddress address) throws IOException {
        // A socket that listens would be given connections before anybody here can answer them.
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            return new SharedPort(channel.bind(address));
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
