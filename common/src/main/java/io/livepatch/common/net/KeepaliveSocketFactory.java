package io.livepatch.common.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.util.HashMap;
import java.util.Map;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * Creates TCP sockets with other keepalive times than the system's (tcp(7)). The driver (pgjdbc) can only switch keepalives on and off.
 * Public because the driver instantiates it by name.
 */
public final class KeepaliveSocketFactory extends SocketFactory {
    private static final Map<String, SocketOption<Integer>> OPTIONS = Map.of(
            "count", ExtendedSocketOptions.TCP_KEEPCOUNT,
            "idle", ExtendedSocketOptions.TCP_KEEPIDLE,
            "interval", ExtendedSocketOptions.TCP_KEEPINTERVAL);

    private final Map<SocketOption<Integer>, Integer> options = new HashMap<>();

    /** Parses times such as {@code count=5,idle=60,interval=10}: a number of probes, and seconds. */
    public KeepaliveSocketFactory(String times) {
        for (String time : times.split(",", -1)) {
            String[] parts = time.split("=", 2);
            SocketOption<Integer> option = OPTIONS.get(parts[0]);
            if (option == null || parts.length == 1) {
                throw new IllegalArgumentException("'" + time + "' is no time of keepalives, such as idle=60");
            }
            options.put(option, Integer.valueOf(parts[1]));
        }
    }

    @Override
    public Socket createSocket() throws IOException {
        Socket socket = new Socket();
        try {
            for (Map.Entry<SocketOption<Integer>, Integer> option : options.entrySet()) {
                socket.setOption(option.getKey(), option.getValue());
            }
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        return connected(new InetSocketAddress(host, port), new InetSocketAddress(local, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        return connected(new InetSocketAddress(host, port), new InetSocketAddress(local, localPort));
    }

    private Socket connected(InetSocketAddress to, @Nullable InetSocketAddress from) throws IOException {
        Socket socket = createSocket();
        try {
            socket.bind(from);
            socket.connect(to);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }
}
