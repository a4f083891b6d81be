package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Command;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.Trees;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The application's own certificate authority: one for all of its units, kept as a secret of the application, so that a unit
 * may come and go without machines having to trust another. Its key is on disk only while a certificate is signed.
 */
final class Authority {
    private static final String SECRET = "certificate-authority";
    private static final int AUTHORITY_DAYS = 3650;
    /** As long as browsers accept. */
    private static final int CERTIFICATE_DAYS = 397;

    private final Unit unit;
    private final Path work;

    Authority(Unit unit) {
        this.unit = unit;
        this.work = unit.directory().resolve("tls").resolve("work");
    }

    static Optional<String> certificate(Unit unit) {
        return unit.secrets()
                .find(SECRET)
                .map(it -> it.content().getOrDefault("certificate", "").strip());
    }

    void make() {
        inWork(() -> {
            PrivateFile.write(work.resolve("ca.cnf"), """
                    [req]
                    distinguished_name = name
                    prompt = no
                    x509_extensions = authority
                    [name]
                    CN = livepatch CA of %s %s
                    [authority]
                    basicConstraints = critical, CA:TRUE, pathlen:0
                    keyUsage = critical, keyCertSign, cRLSign
                    subjectKeyIdentifier = hash
                    """.formatted(
                            unit.application(), UUID.randomUUID().toString().substring(0, 8)));
            key("ca.key");
            openssl(
                    "req",
                    "-x509",
                    "-new",
                    "-sha256",
                    "-key",
                    file("ca.key"),
                    "-config",
                    file("ca.cnf"),
                    "-days",
                    String.valueOf(AUTHORITY_DAYS),
                    "-out",
                    file("ca.crt"));
            unit.secrets().put(SECRET, Map.of("certificate", content("ca.crt"), "key", content("ca.key")));
        });
    }

    /** Issues a certificate for these names and answers it with its key, as haproxy reads them. */
    String issue(String commonName, List<String> names) {
        Map<String, String> authority = unit.secrets()
                .find(SECRET)
                .orElseThrow(() -> new CharmException("the certificate authority has not been made yet"))
                .content();
        List<String> pem = new ArrayList<>();
        inWork(() -> {
            PrivateFile.write(work.resolve("ca.crt"), authority.getOrDefault("certificate", ""));
            PrivateFile.write(work.resolve("ca.key"), authority.getOrDefault("key", ""));
            PrivateFile.write(work.resolve("server.cnf"), """
                    [req]
                    distinguished_name = name
                    prompt = no
                    [name]
                    CN = %s
                    [server]
                    basicConstraints = critical, CA:FALSE
                    keyUsage = critical, digitalSignature
                    extendedKeyUsage = serverAuth
                    subjectKeyIdentifier = hash
                    authorityKeyIdentifier = keyid
                    subjectAltName = %s
                    """.formatted(commonName, String.join(", ", names)));
            key("server.key");
            openssl(
                    "req",
                    "-new",
                    "-sha256",
                    "-key",
                    file("server.key"),
                    "-config",
                    file("server.cnf"),
                    "-out",
                    file("server.csr"));
            openssl(
                    "x509",
                    "-req",
                    "-sha256",
                    "-in",
                    file("server.csr"),
                    "-CA",
                    file("ca.crt"),
                    "-CAkey",
                    file("ca.key"),
                    "-set_serial",
                    "0x" + UUID.randomUUID().toString().replace("-", "").substring(1),
                    "-days",
                    String.valueOf(CERTIFICATE_DAYS),
                    "-extfile",
                    file("server.cnf"),
                    "-extensions",
                    "server",
                    "-out",
                    file("server.crt"));
            pem.add(content("server.crt") + content("server.key"));
        });
        return pem.getFirst();
    }

    private void key(String name) {
        // Made with mode 600: openssl's own default for keys, in a directory of mode 700 besides.
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file(name));
    }

    private void inWork(Runnable signing) {
        PrivateFile.directory(work, "rwx------");
        try {
            signing.run();
        } finally {
            Trees.delete(work);
        }
    }

    private String file(String name) {
        return work.resolve(name).toString();
    }

    private String content(String name) {
        return PrivateFile.read(work.resolve(name)).orElse("");
    }

    private static void openssl(String... arguments) {
        List<String> all = new ArrayList<>(List.of("openssl"));
        all.addAll(List.of(arguments));
        Command.of(all).runOrThrow();
    }
}
