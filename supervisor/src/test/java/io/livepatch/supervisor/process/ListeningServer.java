package io.livepatch.supervisor.process;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A TCP server that never writes; uses no other class. */
final class ListeningServer {

    /** Unreachable sockets could be garbage-collected and closed. */
    private static final List<SocketChannel> KEPT = new ArrayList<>();

    private ListeningServer() {}

    /** Copies the program to a directory that every user can read, for {@link #command}. */
    static void copyTo(Path classes) throws IOException {
        String name = ListeningServer.class.getName().replace('.', '/') + ".class";
        Path copy = classes.resolve(name);
        Files.createDirectories(copy.getParent());
        try (InputStream from = ListeningServer.class.getClassLoader().getResourceAsStream(name)) {
            Files.copy(from, copy);
        }
        Files.setPosixFilePermissions(classes, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The command line that runs the copy; see {@link #main}. */
    static String[] command(Path classes, String family, String host, int port, String... words) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes.toString(),
                ListeningServer.class.getName(),
                family,
                host,
                Integer.toString(port)));
        command.addAll(List.of(words));
        return command.toArray(String[]::new);
    }

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
