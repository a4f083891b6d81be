package io.livepatch.supervisor.process;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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

    /** The port of a pool where clients connect, if the pool reserves it: of its workers, or of its balancer. */
    public static Set<Held> of(PoolSpec spec) {
        if (!spec.reservesPort()) {
            return Set.of();
        }
        return switch (spec.listening()) {
            case Listening.Unmanaged() -> Set.of();
            case Listening.Shared shared ->
                Set.of(new Held(shared.address(), spec.surroundings().user()));
            case Listening.Proxied proxied -> Set.of(new Held(proxied.entrance(), Optional.empty()));
        };
    }

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
        ports.forEach(port -> log(owner, port, problems.get(port)));
        return problems;
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

    private Optional<Integer> uid(Held port) throws Processes.CannotStartException {
        return port.user().isEmpty() ? Optional.empty() : users.uid(port.user().orElseThrow());
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
