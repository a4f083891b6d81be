package io.livepatch.haproxy.model;

import java.nio.file.Path;

/** Where haproxy keeps what it needs while it runs: a private directory of its own. */
public record Paths(Path runtimeDirectory) {
    public Paths {
        Path socket = runtimeDirectory.resolve("admin.sock");
        new Problems("paths")
                .unless(
                        Grammar.isPath(runtimeDirectory),
                        "runtime directory '" + runtimeDirectory + "' is not " + Grammar.PATH_RULE)
                .unless(
                        !Grammar.isPath(socket) || Grammar.isSocketPath(socket),
                        "socket '" + socket + "' is longer than haproxy's " + Grammar.MAX_SOCKET_PATH
                                + " bytes; choose a shorter runtime directory")
                .throwIfAny();
    }

    /** The worker's runtime socket, open to its own user only. */
    public Path adminSocket() {
        return runtimeDirectory.resolve("admin.sock");
    }

    /** What a new worker reads of the old one's knowledge; empty but during a reload. */
    public Path stateFile() {
        return runtimeDirectory.resolve("servers.state");
    }
}
