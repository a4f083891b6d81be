package io.livepatch.charm.wire;

import io.livepatch.common.file.Digests;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.supervisor.engine.Supervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** The identity of this build: a digest of its jars, which is the same for a rebuild of the same sources. */
public final class BuildId {
    private BuildId() {}

    public static String id() {
        try {
            MessageDigest digest = Digests.sha256();
            for (Class<?> type : List.of(BuildId.class, Supervisor.class, Haproxy.class, Digests.class)) {
                CodeSource source = type.getProtectionDomain().getCodeSource();
                Path path = Path.of(source.getLocation().toURI());
                // Classes in a directory, as in the build's tests, count as equal.
                digest.update(Files.isRegularFile(path) ? Files.readAllBytes(path) : new byte[0]);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the program's own jars", e);
        }
    }
}
