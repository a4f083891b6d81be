package io.livepatch.supervisor.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A TCP server that never writes; uses no other class. */
final class ListeningServer {

    /** Unreachable sockets could be garbage-collected and closed. */
    private static final List<SocketChannel> KEPT = new ArrayList<>();

    private ListeningServer() {}

    /** Arguments: family, host, port, and optionally {@code reuse} and {@code accept}. */
    public static void main(String[] args) throws IOException {
        List<String> words = List.of(args);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.valueOf(args[0]))) {
            if (words.contains("reuse")) {
                server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            server.bind(new InetSocketAddress(args[1], Integer.parseInt(args[2])), 500);
            System.out.println(((InetSocketAddress) server.getLocalAddress()).getPort());
            while (words.contains("accept")) {
                KEPT.add(server.accept());
            }
            while (true) {
                LockSupport.park();
            }
        }
    }
}
