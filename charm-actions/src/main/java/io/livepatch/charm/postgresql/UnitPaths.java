package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.RootUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What is where in a unit's directory, and whom the server runs as. */
record UnitPaths(Path directory, Optional<String> user) {
    static final String SERVICE = "postgresql";

    static UnitPaths of(Unit unit) {
        // The server refuses to run as root.
        return new UnitPaths(unit.directory(), RootUser.is() ? Optional.of("postgres") : Optional.empty());
    }

    Path data() {
        return directory.resolve("data");
    }

    /** Where a cluster is made; it becomes {@link #data} when it is whole. */
    Path unfinished() {
        return directory.resolve("data.new");
    }

    Path sockets() {
        return directory.resolve("run");
    }

    Path configuration() {
        return data().resolve("postgresql.conf");
    }

    Path access() {
        return data().resolve("pg_hba.conf");
    }

    Path identities() {
        return data().resolve("pg_ident.conf");
    }

    Path log() {
        return directory.resolve("log").resolve("postgresql.log");
    }

    /** Whether the server was started before, so that there is a configuration which it ran with. */
    boolean ranBefore() {
        return Files.exists(sockets()) && Files.exists(configuration());
    }

    Path socket(int port) {
        return sockets().resolve(".s.PGSQL." + port);
    }
}
