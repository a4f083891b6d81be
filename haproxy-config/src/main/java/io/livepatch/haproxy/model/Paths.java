package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.nio.file.Path;

/** The directory, private to one haproxy, of the files that it needs at run time. */
public record Paths(Path runtimeDirectory) {
    public Paths {
        Path socket = runtimeDirectory.resolve("admin.sock");
        new Violations("paths")
                .unless(
                        ConfigSyntax.isPath(runtimeDirectory),
                        "runtime directory '" + runtimeDirectory + "' is not " + ConfigSyntax.PATH_RULE)
                .unless(
                        !ConfigSyntax.isPath(socket) || ConfigSyntax.isSocketPath(socket),
                        "socket '" + socket + "' is longer than haproxy's " + ConfigSyntax.MAX_SOCKET_PATH
                                + " bytes; choose a shorter runtime directory")
                .throwIfAny();
    }

    /** The worker's runtime socket, with mode 600. */
    public Path adminSocket() {
        return runtimeDirectory.resolve("admin.sock");
    }

    /** haproxy's server-state file, which a new worker reads; without entries except during a reload. */
    public Path stateFile() {
        return runtimeDirectory.resolve("servers.state");
    }
}
