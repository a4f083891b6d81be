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
 * Looks whether workers really share one port with {@code SO_REUSEPORT}, and what the kernel gives them. What it knows of the
 * kernel, each proved by a test:
 * <ul>
 *   <li>Two listening sockets at the very same address have the option, both. Several processes may have one socket, though,
 *       inherited from a parent: then that is one listener.
 *   <li>Of sockets at one port the most particular gets everything: {@code 127.0.0.1} before {@code 0.0.0.0}, and IPv4 before
 *       IPv6 that also takes IPv4. Only those at the very same address share.
 *   <li>{@code bind} with the option is refused where a socket without it listens, at the same address or at a wildcard, and
 *       goes through where all have it. To bind is not to listen: such a socket gets no connection.
 *   <li>It is also refused where another user listens, with the option or without; see {@link ReusePortProbe}.
 *   <li>A connection is given to a listener when it is made, before anybody accepts it. When a listener closes, what waits in its
 *       queue is reset, unless {@code tcp_migrate_req} is set.
 * </ul>
 */
public final class SharedPort {

    private static final Path MIGRATE = Path.of("/proc/sys/net/ipv4/tcp_migrate_req");

    private final InetSocketAddress address;
    private final ReusePortProbe trial;

    /**
     * The address that all workers are to listen at; a wildcard that holds it will do as well.
     *
     * @throws io.livepatch.supervisor.SupervisorException.Unsupported when this is not Linux with util-linux
     */
    public SharedPort(InetSocketAddress address) {
        this.address = address;
        this.trial = new ReusePortProbe(SystemTools.find());
    }

    /** How a worker stands to the port. */
    public sealed interface Verdict {

        /** It listens so that others can too. */
        record Sharing() implements Verdict {}

        /** It listens so that others cannot, or get nothing; {@code advice} is for the person on call. */
        record Alone(String advice) implements Verdict {}

        /** It does not listen there, or does not yet. */
        record NotListening() implements Verdict {}

        /** It listens, and nobody but its own user or a second listener could tell how. */
        record Unknown(String why) implements Verdict {}
    }

    /**
     * One worker at one moment.
     *
     * @param connections that it has accepted and not closed
     * @param queued that the kernel has given to it and that it has not accepted
     */
    public record Standing(Verdict verdict, int connections, int queued) {}

    /**
     * Looks at the sessions of these workers, all in one go. Blocks for some milliseconds, and for longer where a single worker of
     * another user listens.
     *
     * @throws IOException when {@code /proc} cannot be read
     */
    public Map<Long, Standing> look(Set<Long> sessions) throws IOException {
        List<TcpSocket> sockets = TcpSocket.at(address);
        Map<Long, TcpSocket> byInode = sockets.stream()
                .filter(TcpSocket::owned)
                .collect(Collectors.toMap(TcpSocket::inode, Function.identity(), (a, b) -> a));
        Map<Long, List<ProcessStat>> processes = ProcessTable.read().of(sessions);
        Map<Long, List<TcpSocket>> owned = new HashMap<>();
        for (Long session : sessions) {
            owned.put(session, own(processes.getOrDefault(session, List.of()), byInode));
        }
        List<TcpSocket> listeners = sockets.stream().filter(TcpSocket::listens).toList();
        Map<Long, Standing> standings = new HashMap<>();
        owned.forEach((session, mine) -> standings.put(
                session,
                new Standing(
                        judge(mine.stream().filter(TcpSocket::listens).toList(), listeners),
                        (int) mine.stream().filter(TcpSocket::established).count(),
                        mine.stream().mapToInt(TcpSocket::queued).sum())));
        return Map.copyOf(standings);
    }

    private static List<TcpSocket> own(List<ProcessStat> processes, Map<Long, TcpSocket> byInode) {
        return processes.stream()
                .flatMap(process -> TcpSocket.inodes(process.pid()).stream())
                .distinct()
                .flatMap(inode -> Optional.ofNullable(byInode.get(inode)).stream())
                .toList();
    }

    private Verdict judge(List<TcpSocket> mine, List<TcpSocket> all) {
        if (mine.isEmpty()) {
            return new Verdict.NotListening();
        }
        TcpSocket first = mine.getFirst();
        Optional<TcpSocket> favoured =
                all.stream().filter(other -> other.precedes(first)).findFirst();
        if (favoured.isPresent()) {
            return new Verdict.Alone(
                    "it listens at %s, and another at %s, which gets every connection: have all listen at %s"
                            .formatted(first.local(), favoured.orElseThrow().local(), print(address)));
        }
        boolean proved = all.stream().anyMatch(other -> other.inode() != first.inode() && other.sharesWith(first));
        return proved ? new Verdict.Sharing() : trial.of(first);
    }

    private static String print(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** What to do about connections that a graceful end would reset; empty when the kernel hands them to another listener. */
    public static Optional<String> advice() {
        try {
            return advice(ProcFile.read(MIGRATE).strip());
        } catch (IOException absent) {
            return advice("");
        }
    }

    /** Empty: the kernel does not know it; it came with Linux 5.14. */
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
