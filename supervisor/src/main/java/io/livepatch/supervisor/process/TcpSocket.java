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
 * @param six whether it is a socket of IPv6, which may have an address of IPv4
 * @param queued for a listener, how many connections wait to be accepted; else zero
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

    /** All whose own end is this port at this address, or at a wildcard that holds it. */
    static List<TcpSocket> at(InetSocketAddress address) throws IOException {
        return withPort(address.getPort()).stream()
                .filter(socket -> socket.serves(address.getAddress()))
                .toList();
    }

    /**
     * Whether a connection between these two ends is established: the other end has not closed it, nor its half of it. Also true if
     * the kernel does not tell.
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
            // Without IPv6 there is no second table.
            if (Files.exists(file)) {
                for (String line : ProcFile.read(file).lines().skip(1).toList()) {
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

    /** The kernel prints words of four bytes, each in the order of the machine; Java turns a mapped address into one of IPv4. */
    private static InetAddress address(String hex) throws UnknownHostException {
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.BIG_ENDIAN);
        ByteBuffer bytes = ByteBuffer.allocate(words.capacity()).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            bytes.putInt(words.getInt());
        }
        return InetAddress.getByAddress(bytes.array());
    }

    /** The sockets that a process has. */
    static List<Long> inodes(long pid) {
        return ProcessTable.descriptors(pid).stream()
                .flatMap(descriptor -> inode(descriptor).stream())
                .toList();
    }

    private static Optional<Long> inode(Path descriptor) {
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

    private boolean serves(InetAddress asked) {
        return address.equals(asked)
                || asked.isAnyLocalAddress()
                || !listens()
                || (address.isAnyLocalAddress() && (six || asked instanceof Inet4Address));
    }

    /** Whether connections are spread over both, given that they listen. */
    boolean sharesWith(TcpSocket other) {
        return listens() && other.listens() && six == other.six && address.equals(other.address) && uid == other.uid;
    }

    /** Whether this one gets what both could take. */
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
