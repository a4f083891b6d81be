package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.haproxy.model.LoadBalancer.Sandbox;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.runtime.Haproxy;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The files in a unit's directory.
 *
 * @param sandbox of haproxy's workers, if the substrate runs as root; only root can confine them
 */
record HaproxyPaths(Path directory, Optional<Sandbox> sandbox) {
    private static final Path BINARY = Path.of("/usr/sbin/haproxy");

    static HaproxyPaths of(Unit unit) {
        return new HaproxyPaths(
                unit.directory(), ExternalProgram.isRoot() ? Optional.of(sandbox(unit.directory())) : Optional.empty());
    }

    private static Sandbox sandbox(Path directory) {
        return Sandbox.in(directory.resolve("empty"));
    }

    Path binary() {
        return BINARY;
    }

    Path configuration() {
        return directory.resolve("haproxy.cfg");
    }

    Path certificates() {
        return directory.resolve("tls");
    }

    Path runtime() {
        return directory.resolve("run");
    }

    Path log() {
        return directory.resolve("log").resolve("haproxy.log");
    }

    Paths paths() {
        return new Paths(runtime());
    }

    Path masterSocket() {
        return directory.resolve("master.sock");
    }

    Haproxy haproxy() {
        return new Haproxy(BINARY, configuration(), masterSocket());
    }
}
