package io.livepatch.supervisor.process;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps TCP ports for the workers of one user while no worker listens, so that no other user's process can take the place of a worker
 * that has ended, and read what its clients send. A port is held by a socket with {@code SO_REUSEPORT} that belongs to the workers'
 * user and is bound, but does not listen: the kernel lets sockets of the same user with the option bind beside it, and sends it no
 * connection. Processes of that user, and of those who may become that user, are not kept out. Thread-safe.
 */
public final class PortHolder implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PortHolder.class);

    /**
     * A port to hold.
     *
     * @param user who will listen; empty if that is the user of this JVM
     */
    public record Held(InetSocketAddress address, Optional<String> user) {
        public Held {
            Objects.requireNonNull(address.getAddress(), "the address must be resolved");
        }

        @Override
        public String toString() {
            return address.getAddress().getHostAddress() + ":" + address.getPort();
        }
    }

    /** Of problems that are logged already. */
    private final Map<Held, String> logged = new HashMap<>();

    private final PrivilegeCheck users = new PrivilegeCheck(SystemTools.find());
    private final Map<String, Map<Held, BoundSocket>> sockets = new HashMap<>();

    /** The ports that a pool reserves: where clients connect to its workers or its balancer, and those that its spec names. */
    public static Set<Held> of(PoolSpec spec) {
        Optional<String> user = spec.surroundings().user();
        Set<Held> all = new LinkedHashSet<>();
        spec.reservedPorts().forEach(address -> all.add(new Held(address, user)));
        if (spec.reservesPort()) {
            switch (spec.listening()) {
                case Listening.Unmanaged() -> {}
                case Listening.Shared shared -> all.add(new Held(shared.address(), user));
                case Listening.Proxied proxied -> all.add(new Held(proxied.entrance(), Optional.empty()));
            }
        }
        return all;
    }

    /**
     * Holds exactly these ports for an owner: takes those that it does not hold yet and releases the others.
     *
     * @param workers the sessions of the owner's processes. If a port that it holds for the user of this JVM is to be held for another
     *     one, their listening sockets become that user's too, so that its processes can listen beside them
     * @return why a port cannot be held, for each such port; the next call tries again
     */
    public synchronized Map<Held, String> hold(String owner, Set<Held> ports, Set<Long> workers) {
        Map<Held, BoundSocket> held = sockets.computeIfAbsent(owner, _ -> new HashMap<>());
        Map<Held, String> problems = new LinkedHashMap<>();
        for (Held port : ports) {
            if (!held.containsKey(port)) {
                try {
                    held.put(port, take(port, held, workers));
                } catch (BoundSocket.CannotBindException | Processes.CannotStartException | IOException e) {
                    problems.put(port, String.valueOf(e.getMessage()));
                }
            }
        }
        held.entrySet().removeIf(entry -> !ports.contains(entry.getKey()) && released(entry.getValue()));
        ports.forEach(port -> log(owner, port, problems.get(port)));
        return problems;
    }

    private BoundSocket take(Held port, Map<Held, BoundSocket> held, Set<Long> workers)
            throws BoundSocket.CannotBindException, Processes.CannotStartException, IOException {
        Optional<Integer> uid =
                port.user().isEmpty() ? Optional.empty() : users.uid(port.user().orElseThrow());
        Held own = new Held(port.address(), Optional.empty());
        BoundSocket socket = held.get(own);
        if (uid.isEmpty() || socket == null) {
            return BoundSocket.open(port.address(), uid);
        }
        // Last the socket that is held: after a failure the next call does all of it again.
        giveListeners(port.address(), workers, uid.orElseThrow());
        socket.give(uid.orElseThrow());
        held.remove(own);
        return socket;
    }

    /**
     * The kernel lets a socket bind beside another one only if both belong to one user, so without this a worker that is started as
     * another user could not replace one that listens. Only for workers of this JVM's user: another user's process could exchange the
     * descriptor for one of a file.
     */
    private static void giveListeners(InetSocketAddress address, Set<Long> workers, int uid) throws IOException {
        Set<Long> listeners = TcpSocket.at(address).stream()
                .filter(TcpSocket::listens)
                .map(TcpSocket::inode)
                .collect(Collectors.toSet());
        for (Procfs.Stat process :
                Procfs.sessions(workers).values().stream().flatMap(List::stream).toList()) {
            for (Path descriptor : Procfs.descriptors(process.pid())) {
                if (TcpSocket.inode(descriptor).filter(listeners::contains).isPresent()) {
                    give(descriptor, uid);
                }
            }
        }
    }

    private static void give(Path descriptor, int uid) throws IOException {
        try {
            Files.setAttribute(descriptor, "unix:uid", uid);
        } catch (NoSuchFileException closedMeanwhile) {
            // It no longer listens.
        }
    }

    private void log(String owner, Held port, @Nullable String problem) {
        if (problem == null) {
            if (logged.remove(port) != null) {
                log.info("{} is kept for '{}' now", port, owner);
            }
        } else if (!problem.equals(logged.put(port, problem))) {
            log.warn("{} cannot be kept for '{}' while none of its processes listens: {}", port, owner, problem);
        }
    }

    /** Releases all ports of an owner. */
    public synchronized void release(String owner) {
        Map<Held, BoundSocket> held = sockets.remove(owner);
        if (held != null) {
            held.values().forEach(BoundSocket::close);
            logged.keySet().removeIf(held::containsKey);
        }
    }

    private static boolean released(BoundSocket socket) {
        socket.close();
        return true;
    }

    @Override
    public synchronized void close() {
        Set.copyOf(sockets.keySet()).forEach(this::release);
    }
}
