package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
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
 * <p>A change lasts until the next {@link Haproxy#apply} or reload, which restores the values of the model or the file.
 * Thread-safe: each command has a connection of its own.
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
     * Sends one command and returns haproxy's answer.
     *
     * @throws HaproxyException.NotRunning if nothing answers
     */
    public String send(String command) {
        return sendAll(List.of(command));
    }

    /** The current status of every server of every backend. */
    public List<ServerStatus> servers() {
        return Statistics.servers(send("show stat"));
    }

    /** The current status of one server; empty if haproxy has no server of that name. */
    public Optional<ServerStatus> server(Server.Ref server) {
        return servers().stream()
                .filter(status -> status.backend().equals(server.backend())
                        && status.name().equals(server.server()))
                .findFirst();
    }

    /** Requests that a server processes or that are queued for it; 0 if haproxy does not have the server. */
    public int inFlight(Server.Ref server) {
        return server(server).map(status -> status.sessions() + status.queued()).orElse(0);
    }

    /** Sets the state of a server, without a reload. */
    public void setState(Server.Ref server, Server.State state) {
        execute(new RuntimeCommand.SetState(server, state));
    }

    /** Sets the weight of a server, 0 to 256, without a reload; with 0 it gets no new requests. */
    public void setWeight(Server.Ref server, int weight) {
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
    public int remove(Server.Ref server, Duration grace) {
        setState(server, Server.State.MAINTENANCE);
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

    /** Aborts every request that a server processes. */
    public void shutdownSessions(Server.Ref server) {
        execute(List.of("shutdown sessions server " + server));
    }

    /**
     * Deletes a server in maintenance as soon as it has no connections; false if it still has some after this time.
     *
     * <p>Idle connections in its pool prevent the deletion too. haproxy 2.6 has no command to close them and by itself closes half
     * of them every 5 s, but it closes all when the server's address changes, which is harmless while it has no requests. A
     * connection that becomes idle later needs another change, hence two alternating ports.
     */
    boolean delete(Server.Ref server, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        String command = new RuntimeCommand.Delete(server).commands().getFirst();
        int port = 1;
        // Polled: no column of the statistics counts idle connections reliably.
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
        commands.forEach(RuntimeSocket::requireOneCommand);
        return exchange(commands.stream().map(command -> prefix + command).collect(Collectors.joining(";")));
    }

    private String exchange(String line) {
        try {
            return new SocketCommand(socket, TIMEOUT).send(line);
        } catch (IOException e) {
            throw new HaproxyException.NotRunning(socket, e);
        }
    }

    private static void requireOneCommand(String command) {
        if (!ONE_COMMAND.matcher(command).matches()) {
            throw new IllegalArgumentException("not one command: '" + command + "'");
        }
    }

    private static void pause(Server.Ref server) {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HaproxyException.Failed(
                    "interrupted while '" + server + "' finished its requests; it is in maintenance and not deleted",
                    e);
        }
    }

    /** Sends one command on a connection of its own and reads the answer. */
    static final class SocketCommand {
        private final Path socket;
        private final Duration timeout;

        SocketCommand(Path socket, Duration timeout) {
            this.socket = socket;
            this.timeout = timeout;
        }

        /** Reads until haproxy closes the connection; fails with a {@link SocketTimeoutException} after the time-out. */
        String send(String command) throws IOException {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
                // Otherwise the master keeps the connection open for another command, and the answer has no end.
                channel.shutdownOutput();
                return readAll(channel, command);
            }
        }

        private String readAll(SocketChannel channel, String command) throws IOException {
            long deadline = System.nanoTime() + timeout.toNanos();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(16384);
            channel.configureBlocking(false);
            try (Selector selector = Selector.open()) {
                channel.register(selector, SelectionKey.OP_READ);
                for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer)) {
                    answer.write(buffer.array(), 0, buffer.position());
                    buffer.clear();
                    if (read == 0) {
                        await(selector, deadline, command);
                    }
                }
            }
            return answer.toString(StandardCharsets.UTF_8);
        }

        private void await(Selector selector, long deadline, String command) throws IOException {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new SocketTimeoutException(
                        "no end of the answer to '" + command + "' within " + timeout.toSeconds() + " s");
            }
            selector.select(left);
            selector.selectedKeys().clear();
        }
    }
}
