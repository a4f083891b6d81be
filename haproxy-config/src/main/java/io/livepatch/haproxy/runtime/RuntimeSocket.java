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
 * Talks to the worker that serves now, through the master's socket or the worker's own.
 *
 * <p>What is changed here lasts until the next {@link Haproxy#apply} or reload: then the model or the file decides again. Opens
 * a connection per command, so it may be shared by threads.
 */
public final class RuntimeSocket {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(20);
    /** What haproxy says when all is well. */
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

    /** Every server of every backend, as it is now. */
    public List<ServerStatus> servers() {
        return Statistics.servers(send("show stat"));
    }

    /** One server, as it is now; empty if haproxy has none of that name. */
    public Optional<ServerStatus> server(ServerRef server) {
        return servers().stream()
                .filter(status -> status.backend().equals(server.backend())
                        && status.name().equals(server.server()))
                .findFirst();
    }

    /** Requests at work in a server or waiting for it; none if it is not there. */
    public int inFlight(ServerRef server) {
        return server(server).map(status -> status.sessions() + status.queued()).orElse(0);
    }

    /** Brings a server to a state at once, without a reload. */
    public void setState(ServerRef server, ServerState state) {
        order(new Order.Set(server, state));
    }

    /** Gives a server another share at once, 0 to 256; with 0 it gets nothing new. */
    public void setWeight(ServerRef server, int weight) {
        order(new Order.Weigh(server, weight));
    }

    /**
     * Gives a backend one more server, just as if it had been in the file; only that, if the backend has a health check, it
     * gets no request before it passed it.
     */
    public void add(Backend backend, Server server) {
        List<Server> all = Stream.concat(backend.servers().stream(), Stream.of(server))
                .distinct()
                .toList();
        Integer id = backend.withServers(all).serverIds().get(server);
        order(new Order.Add(backend, server, Optional.ofNullable(id)));
    }

    /**
     * Takes a server out: nothing new for it, then it may end what it has, then it is gone.
     *
     * @param grace how long to wait for that end; then its connections are cut
     * @return how many requests were cut
     */
    public int remove(ServerRef server, Duration grace) {
        setState(server, ServerState.MAINTENANCE);
        if (delete(server, grace)) {
            return 0;
        }
        int cut = inFlight(server);
        shutdownSessions(server);
        if (!delete(server, TIMEOUT)) {
            throw new HaproxyException.CommandRefused(
                    "del server " + server, "its connections were shut down, and are still there");
        }
        return cut;
    }

    /** Cuts every request that is at work in a server. */
    public void shutdownSessions(ServerRef server) {
        order(List.of("shutdown sessions server " + server));
    }

    /**
     * Deletes a server in maintenance as soon as nothing is connected to it; false if that was not within this time.
     *
     * <p>Idle connections in its pool are in the way too, and haproxy 2.6 has no command to close them; half of them would end
     * every 5 s. But it closes them when the server's address changes, which is harmless once no request is under way. A connection
     * that becomes idle later needs another change, hence two ports in turn.
     */
    boolean delete(ServerRef server, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        String command = new Order.Delete(server).commands().getFirst();
        int port = 1;
        // The only way to know: no statistics count idle connections reliably.
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

    void order(Order order) {
        order(order.commands());
    }

    private void order(List<String> commands) {
        String answer = sendAll(commands);
        String complaint = answer.lines()
                .filter(line -> !line.isBlank() && !line.equals(ADDED))
                .collect(Collectors.joining("; "));
        if (!complaint.isEmpty()) {
            throw new HaproxyException.CommandRefused(String.join("; ", commands), complaint);
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
                    "interrupted while '" + server + "' ended its requests; it is in maintenance, not deleted", e);
        }
    }
}
