package io.livepatch.charm.haproxy;

import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.charm.exec.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A file with a server certificate, its chain and its key, as haproxy reads it. The file's name contains a digest of its
 * whole content: another certificate or key is another path in haproxy.cfg, so haproxy reloads for it, and a file that was
 * overwritten no longer has the name of its content and is not used.
 *
 * @param chain the server's own certificate first
 */
record CertificateFile(Path pem, List<X509Certificate> chain) {
    CertificateFile {
        chain = List.copyOf(chain);
    }

    /** The path of a file with this content. */
    static Path path(Path directory, String pem) {
        return directory.resolve("site-" + Fingerprint.of(pem) + ".pem");
    }

    /** The files in this directory whose names match their content. */
    static List<CertificateFile> all(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".pem") && Files.isRegularFile(file))
                    .flatMap(file -> read(directory, file).stream())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list '" + directory + "': " + e.getMessage(), e);
        }
    }

    private static Optional<CertificateFile> read(Path directory, Path file) {
        try {
            return PrivateFile.read(file)
                    .filter(text -> path(directory, text).equals(file))
                    .map(text -> new CertificateFile(file, Certificates.ofPem(text)))
                    .filter(site -> !site.chain().isEmpty());
        } catch (UncheckedIOException e) {
            // Not a text, or not readable: haproxy could not read it either, so another file is written.
            return Optional.empty();
        }
    }

    X509Certificate leaf() {
        return chain.getFirst();
    }

    /** The fingerprint by which haproxy reports a loaded certificate. */
    String sha1() {
        return Certificates.sha1(leaf());
    }
}
