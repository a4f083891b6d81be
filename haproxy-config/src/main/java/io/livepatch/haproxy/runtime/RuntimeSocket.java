package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerRef;
import io.livepatch.haproxy.model.ServerState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The runtime API of the worker that accepts connections, through the master's socket or the worker's own.
 *
 * <p>A change lasts until the next {@link Haproxy#apply} or reload, which sets what the model or the file says. Thread-safe: each
 * command has a connection of its own.
 */
public final class RuntimeSocket {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(20);
    /** The answers to {@code add server} and {@code del server} that are no errors. */
    private static final String ADDED = "New server registered.";

    private static final String DELETED = "Server deleted.";
    /** "Server still has connections attached to it, cannot remove it." */
    private static final String CONNECTED = "still has connections";

    private static final Pattern ONE_COMMAND = Pattern.compile("[^\\p{Cntrl};<]+");

    private final Path socket;
    private final String prefix;

    private RuntimeSocket(Path socket, String prefix) {
        this.socket = socket;
        this.prefix = prefix;
    }

    /** The socket of {@link Paths#adminSocket}. */
    public static RuntimeSocket ofWorker(Path adminSocket) {
        return new RuntimeSocket(adminSocket, "");
    }

    /** The current worker behind a master's socket. */
    public static RuntimeSocket ofMaster(Path masterSocket) {
        return new RuntimeSocket(masterSocket, "@1 ");
    }

    /**
     * Sends one command and answers what haproxy answers.
     *
     * @throws HaproxyException.NotRunning if nothing answers
     */
    public String send(String command) {
        return sendAll(List.of(command));
    }

    /** The present status of every server of every backend. */
    public List<ServerStatus> servers() {
        return Statistics.servers(send("show stat"));
    }

    /** The present status of one server; empty if haproxy has none of that name. */
    public Optional<ServerStatus> server(ServerRef server) {
        return servers().stream()
                .filter(status -> status.backend().equals(server.backend())
                        && status.name().equals(server.server()))
                .findFirst();
    }

    /** Requests that a server works on or that wait for it; 0 if haproxy does not have it. */
    public int inFlight(ServerRef server) {
        return server(server).map(status -> status.sessions() + status.queued()).orElse(0);
    }

    /** Sets the state of a server, without a reload. */
    public void setState(ServerRef server, ServerState state) {
        execute(new RuntimeCommand.SetState(server, state));
    }

    /** Sets the weight of a server, 0 to 256, without a reload; with 0 it gets no new requests. */
    public void setWeight(ServerRef server, int weight) {
        execute(new RuntimeCommand.SetWeight(server, weight));
    }

    /**
     * Adds a server to a backend with the parameters that the file would give it. If the backend has a health check, the server
     * gets requests only after it has passed.
     */
    public void add(Backend backend, Server server) {
        List<Server> all = Stream.concat(backend.servers().stream(), Stream.of(server))
                .distinct()
                .toList();
        Integer id = backend.withServers(all).serverIds().get(server);
        execute(new RuntimeCommand.Add(backend, server, Optional.ofNullable(id)));
    }

    /**
     * Removes a server: it gets no new requests, finishes those it has, and is deleted.
     *
     * @param grace how long it may take to finish; then its connections are closed
     * @return how many requests were aborted
     */
    public int remove(ServerRef server, Duration grace) {
        setState(server, ServerState.MAINTENANCE);
        if (delete(server, grace)) {
            return 0;
        }
        int aborted = inFlight(server);
        shutdownSessions(server);
        if (!delete(server, TIMEOUT)) {
            throw new HaproxyException.CommandRefused(
                    "del server " + server, "its connections were shut down, but it still has some");
        }
        return aborted;
    }

    /** Aborts every request that a server works on. */
    public void shutdownSessions(ServerRef server) {
        execute(List.of("shutdown sessions server " + server));
    }

    /**
     * Deletes a server in maintenance as soon as it has no connections; false if it still has some after this time.
     *
     * <p>Idle connections in its pool prevent the deletion too. haproxy 2.6 has no command to close them and by itself closes half
     * of them every 5 s, but it closes all when the server's address changes, which is harmless while it has no requests. A
     * connection that becomes idle later needs another change, hence two ports in turn.
     */
    boolean delete(ServerRef server, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        String command = new RuntimeCommand.Delete(server).commands().getFirst();
        int port = 1;
        // Tried again and again, because no column of the statistics counts idle connections reliably.
        for (String answer = send(command); !answer.contains(DELETED); answer = send(command)) {
            if (!answer.contains(CONNECTED)) {
                throw new HaproxyException.CommandRefused(command, answer);
            }
            if (System.nanoTime() >= deadline) {
                return false;
            }
            if (inFlight(server) == 0) {
                send("set server " + server + " addr 127.0.0.1 port " + port);
                port = 3 - port;
            }
            pause(server);
        }
        return true;
    }

    void execute(RuntimeCommand command) {
        execute(command.commands());
    }

    private void execute(List<String> commands) {
        String answer = sendAll(commands);
        String error = answer.lines()
                .filter(line -> !line.isBlank() && !line.equals(ADDED))
                .collect(Collectors.joining("; "));
        if (!error.isEmpty()) {
            throw new HaproxyException.CommandRefused(String.join("; ", commands), error);
        }
    }

    private String sendAll(List<String> commands) {
        commands.forEach(RuntimeSocket::checkIsOne);
        return exchange(commands.stream().map(command -> prefix + command).collect(Collectors.joining(";")));
    }

    private String exchange(String line) {
        try {
            return new SocketCommand(socket, TIMEOUT).send(line);
        } catch (IOException e) {
            throw new HaproxyException.NotRunning(socket, e);
        }
    }

    private static void checkIsOne(String command) {
        if (!ONE_COMMAND.matcher(command).matches()) {
            throw new IllegalArgumentException("not one command: '" + command + "'");
        }
    }

    private static void pause(ServerRef server) {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HaproxyException.Failed(
                    "interrupted while '" + server + "' finished its requests; it is in maintenance and not deleted",
                    e);
        }
    }
}
