package io.livepatch.haproxy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Talks to the worker that serves now, through the master's socket or the worker's own.
 *
 * <p>What is changed here lasts until the next reload: then the file decides again. Opens a connection per command, so
 * it may be shared by threads.
 */
public final class RuntimeSocket {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
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
        if (!ONE_COMMAND.matcher(command).matches()) {
            throw new IllegalArgumentException("not one command: '" + command + "'");
        }
        try {
            return new SocketCommand(socket, TIMEOUT).send(prefix + command);
        } catch (IOException e) {
            throw new HaproxyException.NotRunning(socket, e);
        }
    }

    /** Every server of every backend, as it is now. */
    public List<ServerStatus> servers() {
        return Statistics.servers(send("show stat"));
    }

    /** Brings a server to a state at once, without a reload. */
    public void setState(String backend, String server, ServerState state) {
        String word = switch (state) {
            case READY -> "ready";
            case DRAIN -> "drain";
            case MAINTENANCE -> "maint";
        };
        order("set server " + backend + "/" + server + " state " + word);
    }

    private void order(String command) {
        String answer = send(command);
        if (!answer.isBlank()) {
            throw new HaproxyException.CommandRefused(command, answer);
        }
    }
}
