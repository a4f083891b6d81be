package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Unit;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.runtime.Haproxy;
import java.nio.file.Path;

/** The files in a unit's directory. */
record HaproxyPaths(Path directory) {
    private static final Path BINARY = Path.of("/usr/sbin/haproxy");

    static HaproxyPaths of(Unit unit) {
        return new HaproxyPaths(unit.directory());
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
