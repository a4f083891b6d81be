package io.livepatch.charm.wire;

import io.livepatch.common.file.AtomicFile;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.supervisor.engine.Supervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/** The identity of this build: a checksum of its jars, which is the same for a rebuild of the same sources. */
public final class BuildId {
    private BuildId() {}

    public static String id() {
        try {
            // Every command computes it; a SHA-256 takes 0.1 s in a JVM that has not compiled it yet.
            CRC32 checksum = new CRC32();
            for (Class<?> type : List.of(BuildId.class, Supervisor.class, Haproxy.class, AtomicFile.class)) {
                CodeSource source = type.getProtectionDomain().getCodeSource();
                Path path = Path.of(source.getLocation().toURI());
                // Classes in a directory, as in the build's tests, count as equal.
                checksum.update(Files.isRegularFile(path) ? Files.readAllBytes(path) : new byte[0]);
            }
            return HexFormat.of().toHexDigits((int) checksum.getValue());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the program's own jars", e);
        }
    }
}
