package io.livepatch.supervisor.process;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A line of {@code /proc/net/tcp} or {@code tcp6}.
 *
 * @param six whether it is an IPv6 socket, which may have an IPv4 address
 * @param queued the connections that a listener has not accepted yet
 * @param inode zero for a connection that has not been accepted yet
 */
public record TcpSocket(
        boolean six,
        InetAddress address,
        int port,
        InetSocketAddress remote,
        int state,
        int queued,
        int uid,
        long inode) {

    private static final int ESTABLISHED = 1;
    private static final int LISTEN = 10;

    private static final String PREFIX = "socket:[";

    /** The sockets with this local port and address, or with a wildcard that includes it. */
    static List<TcpSocket> at(InetSocketAddress address) throws IOException {
        return withPort(address.getPort()).stream()
                .filter(socket -> socket.matches(address.getAddress()))
                .toList();
    }

    /**
     * Whether the other end has not closed a connection of this machine. The JDK's HTTP server reports a departed client only when a
     * write fails, so a long request that writes nothing yet, such as a recording, asks here. True if {@code /proc} cannot be read.
     */
    public static boolean isEstablished(InetSocketAddress local, InetSocketAddress remote) {
        try {
            return withPort(local.getPort()).stream()
                    .anyMatch(socket -> socket.established()
                            && socket.address.equals(local.getAddress())
                            && socket.remote.equals(remote));
        } catch (IOException e) {
            return true;
        }
    }

    private static List<TcpSocket> withPort(int number) throws IOException {
        List<TcpSocket> found = new ArrayList<>();
        String port = ":%04X".formatted(number);
        for (String table : List.of("tcp", "tcp6")) {
            Path file = Path.of("/proc/self/net", table);
            // tcp6 is absent without IPv6.
            if (Files.exists(file)) {
                for (String line : Procfs.read(file).lines().skip(1).toList()) {
                    String local = line.strip().split("\\s+", 3)[1];
                    if (local.endsWith(port)) {
                        found.add(parse(line, table.endsWith("6")));
                    }
                }
            }
        }
        return found;
    }

    private static TcpSocket parse(String line, boolean six) throws UnknownHostException {
        String[] fields = line.strip().split("\\s+", 11);
        String[] local = fields[1].split(":", 2);
        String[] remote = fields[2].split(":", 2);
        int state = Integer.parseInt(fields[3], 16);
        String[] queues = fields[4].split(":", 2);
        return new TcpSocket(
                six,
                address(local[0]),
                Integer.parseInt(local[1], 16),
                new InetSocketAddress(address(remote[0]), Integer.parseInt(remote[1], 16)),
                state,
                state == LISTEN ? Integer.parseInt(queues[1], 16) : 0,
                Integer.parseInt(fields[7]),
                Long.parseLong(fields[9]));
    }

    /** The kernel prints 32-bit words in native byte order; Java turns a mapped address into an IPv4 one. */
    private static InetAddress address(String hex) throws UnknownHostException {
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.BIG_ENDIAN);
        ByteBuffer bytes = ByteBuffer.allocate(words.capacity()).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            bytes.putInt(words.getInt());
        }
        return InetAddress.getByAddress(bytes.array());
    }

    /** The inodes of a process's sockets. */
    static List<Long> inodes(long pid) {
        return Procfs.descriptors(pid).stream()
                .flatMap(descriptor -> inode(descriptor).stream())
                .toList();
    }

    /** The inode of the socket that a descriptor in {@code /proc} stands for; empty if it is none, or closed. */
    static Optional<Long> inode(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith(PREFIX)
                    ? Optional.of(Long.parseLong(target.substring(PREFIX.length(), target.length() - 1)))
                    : Optional.empty();
        } catch (IOException closed) {
            return Optional.empty();
        }
    }

    boolean listens() {
        return state == LISTEN;
    }

    boolean established() {
        return state == ESTABLISHED;
    }

    boolean owned() {
        return inode != 0;
    }

    private boolean matches(InetAddress wanted) {
        return address.equals(wanted)
                || wanted.isAnyLocalAddress()
                || !listens()
                || (address.isAnyLocalAddress() && (six || wanted instanceof Inet4Address));
    }

    /** Whether the kernel spreads connections over both. */
    boolean sharesWith(TcpSocket other) {
        return listens() && other.listens() && six == other.six && address.equals(other.address) && uid == other.uid;
    }

    /** Whether this listener gets the connections that both could accept. */
    boolean precedes(TcpSocket other) {
        if (!listens() || !other.listens() || sharesWith(other)) {
            return false;
        }
        boolean sameReach = other.six || address instanceof Inet4Address;
        boolean narrower = sameReach && !address.isAnyLocalAddress() && other.address.isAnyLocalAddress();
        boolean sameAddress =
                address.equals(other.address) || (address.isAnyLocalAddress() && other.address.isAnyLocalAddress());
        boolean older = sameAddress && !six && other.six;
        return narrower || older;
    }

    String local() {
        return (six ? "[%s]:%d" : "%s:%d").formatted(address.getHostAddress(), port);
    }
}
