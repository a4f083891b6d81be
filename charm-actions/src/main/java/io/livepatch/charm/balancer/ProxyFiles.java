package io.livepatch.charm.balancer;

import io.livepatch.charm.exec.FileTrees;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.haproxy.model.InvalidModelException;
import io.livepatch.haproxy.model.Paths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * Where one haproxy keeps its files. The path of a Unix-domain socket may have 107 bytes; where the pool's directory is too long for
 * that, sockets go to a private directory elsewhere, which is deleted in the end.
 */
record ProxyFiles(Path directory, Paths paths, boolean apart) implements AutoCloseable {
    private static final String PRIVATE = "rwx------";

    static ProxyFiles in(Path directory) {
        PrivateFile.directory(directory, PRIVATE);
        Path run = directory.resolve("run");
        try {
            Paths paths = new Paths(run);
            PrivateFile.directory(run, PRIVATE);
            return new ProxyFiles(directory, paths, false);
        } catch (InvalidModelException e) {
            return new ProxyFiles(directory, new Paths(shortDirectory()), true);
        }
    }

    private static Path shortDirectory() {
        Path base = Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR"))
                .map(Path::of)
                .filter(Files::isWritable)
                .orElse(Path.of("/tmp"));
        try {
            return Files.createTempDirectory(
                    base, "balancer", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot make a directory for haproxy's sockets in '" + base + "': " + e.getMessage(), e);
        }
    }

    Path configuration() {
        return directory.resolve("haproxy.cfg");
    }

    Path log() {
        return directory.resolve("haproxy.log");
    }

    /** No longer than the worker's own socket, whose length {@link Paths} has checked. */
    Path masterSocket() {
        return paths.runtimeDirectory().resolve("main.sock");
    }

    @Override
    public void close() {
        if (apart) {
            FileTrees.delete(paths.runtimeDirectory());
        }
    }
}
