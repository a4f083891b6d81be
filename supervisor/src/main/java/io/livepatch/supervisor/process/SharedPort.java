package io.livepatch.supervisor.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Inspects whether workers share a port with {@code SO_REUSEPORT}, and their connections. Facts about the kernel, each covered by a
 * test:
 * <ul>
 *   <li>Two listening sockets at the same address both have the option. Processes can also share one inherited socket, which is
 *       one listener.
 *   <li>The most specific address gets all connections of a port: {@code 127.0.0.1} before {@code 0.0.0.0}, and IPv4 before IPv6
 *       that also accepts IPv4. Only sockets at the same address share.
 *   <li>{@code bind} with the option fails if a socket without it listens at the same address or a wildcard, and succeeds if all
 *       have it. A socket that is bound but does not listen gets no connection.
 *   <li>It also fails if another user listens, with the option or without; see {@link ReusePortProbe}.
 *   <li>The kernel assigns a connection to a listener before it is accepted. When a listener closes, the connections in its queue
 *       are reset, unless {@code tcp_migrate_req} is set.
 * </ul>
 */
public final class SharedPort {

    private static final Path MIGRATE = Path.of("/proc/sys/net/ipv4/tcp_migrate_req");

    private final InetSocketAddress address;
    private final ReusePortProbe reusePortProbe;

    /**
     * {@code address} is where all workers should listen; a wildcard that includes it is accepted.
     *
     * @throws io.livepatch.supervisor.SupervisorException.Unsupported when this is not Linux with util-linux
     */
    public SharedPort(InetSocketAddress address) {
        this.address = address;
        this.reusePortProbe = new ReusePortProbe(SystemTools.find());
    }

    /** Whether a worker shares the port. */
    public sealed interface Verdict {

        /** It listens with the option. */
        record Sharing() implements Verdict {}

        /** It listens such that other workers cannot listen or get no connections. */
        record Alone(String advice) implements Verdict {}

        /** It does not listen there yet. */
        record NotListening() implements Verdict {}

        /** It listens, but whether with the option cannot be found out. */
        record Unknown(String why) implements Verdict {}
    }

    /**
     * The use of the port by one worker.
     *
     * @param connections accepted and open
     * @param queued assigned by the kernel and not accepted yet
     */
    public record PortUse(Verdict verdict, int connections, int queued) {}

    /**
     * Inspects the sessions of workers. Blocks for some milliseconds, and longer for a single listener of another user.
     *
     * @throws IOException if {@code /proc} cannot be read
     */
    public Map<Long, PortUse> inspect(Set<Long> sessions) throws IOException {
        List<TcpSocket> sockets = TcpSocket.at(address);
        Map<Long, TcpSocket> byInode = sockets.stream()
                .filter(TcpSocket::owned)
                .collect(Collectors.toMap(TcpSocket::inode, Function.identity(), (a, b) -> a));
        Map<Long, List<Procfs.Stat>> processes = Procfs.sessions(sessions);
        Map<Long, List<TcpSocket>> owned = new HashMap<>();
        for (Long session : sessions) {
            owned.put(session, socketsOf(processes.getOrDefault(session, List.of()), byInode));
        }
        List<TcpSocket> listeners = sockets.stream().filter(TcpSocket::listens).toList();
        Map<Long, PortUse> uses = new HashMap<>();
        owned.forEach((session, own) -> uses.put(
                session,
                new PortUse(
                        verdict(own.stream().filter(TcpSocket::listens).toList(), listeners),
                        (int) own.stream().filter(TcpSocket::established).count(),
                        own.stream().mapToInt(TcpSocket::queued).sum())));
        return Map.copyOf(uses);
    }

    private static List<TcpSocket> socketsOf(List<Procfs.Stat> processes, Map<Long, TcpSocket> byInode) {
        return processes.stream()
                .flatMap(process -> TcpSocket.inodes(process.pid()).stream())
                .distinct()
                .flatMap(inode -> Optional.ofNullable(byInode.get(inode)).stream())
                .toList();
    }

    private Verdict verdict(List<TcpSocket> own, List<TcpSocket> all) {
        if (own.isEmpty()) {
            return new Verdict.NotListening();
        }
        TcpSocket first = own.getFirst();
        Optional<TcpSocket> favoured =
                all.stream().filter(other -> other.precedes(first)).findFirst();
        if (favoured.isPresent()) {
            return new Verdict.Alone(
                    "it listens at %s, and another at %s, which gets every connection: have all listen at %s"
                            .formatted(first.local(), favoured.orElseThrow().local(), print(address)));
        }
        boolean shared = all.stream().anyMatch(other -> other.inode() != first.inode() && other.sharesWith(first));
        return shared ? new Verdict.Sharing() : reusePortProbe.of(first);
    }

    private static String print(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** How to avoid resets of queued connections at a graceful stop; empty if the kernel migrates them to another listener. */
    public static Optional<String> advice() {
        try {
            return advice(Procfs.read(MIGRATE).strip());
        } catch (IOException absent) {
            return advice("");
        }
    }

    /** {@code migrate} is empty before Linux 5.14. */
    static Optional<String> advice(String migrate) {
        return switch (migrate) {
            case "1" -> Optional.empty();
            case "" ->
                Optional.of(
                        "a worker that ends resets about one connection that waits in its queue, and this kernel cannot"
                                + " hand it to another: use proxy mode, where a balancer drains it first");
            default ->
                Optional.of("a worker that ends resets about one connection that waits in its queue: set"
                        + " 'sysctl net.ipv4.tcp_migrate_req=1', and have workers accept for a moment longer after the stop"
                        + " signal, or use proxy mode, where a balancer drains them first");
        };
    }
}
