package io.livepatch.charm.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells whether this process runs as root. */
public final class RootUser {
    private RootUser() {}

    public static boolean is() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell who runs this: /proc/self cannot be read", e);
        }
    }
}
