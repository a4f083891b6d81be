package io.livepatch.supervisor.process;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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

    private final PrivilegeCheck users = new PrivilegeCheck(SystemTools.find());
    private final Map<String, Map<Held, BoundSocket>> sockets = new HashMap<>();

    /**
     * Holds exactly these ports for an owner: takes those that it does not hold yet and releases the others.
     *
     * @return why a port cannot be held, for each such port; the next call tries again
     */
    public synchronized Map<Held, String> hold(String owner, Set<Held> ports) {
        Map<Held, BoundSocket> held = sockets.computeIfAbsent(owner, _ -> new HashMap<>());
        held.entrySet().removeIf(entry -> !ports.contains(entry.getKey()) && released(entry.getValue()));
        Map<Held, String> problems = new LinkedHashMap<>();
        for (Held port : ports) {
            if (!held.containsKey(port)) {
                try {
                    held.put(port, BoundSocket.open(port.address(), uid(port)));
                } catch (BoundSocket.CannotBindException | Processes.CannotStartException e) {
                    problems.put(port, String.valueOf(e.getMessage()));
                }
            }
        }
        problems.forEach((port, why) -> log.debug("'{}' cannot hold {}: {}", owner, port, why));
        return problems;
    }

    private Optional<Integer> uid(Held port) throws Processes.CannotStartException {
        return port.user().isEmpty() ? Optional.empty() : users.uid(port.user().orElseThrow());
    }

    /** Releases all ports of an owner. */
    public synchronized void release(String owner) {
        Map<Held, BoundSocket> held = sockets.remove(owner);
        if (held != null) {
            held.values().forEach(BoundSocket::close);
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
