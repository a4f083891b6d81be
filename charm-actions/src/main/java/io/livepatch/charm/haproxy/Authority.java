package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Command;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.Trees;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
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
    /** X.520's bound of a common name; clients look at the alternative names only. */
    private static final int LONGEST_NAME = 64;

    private static final DateTimeFormatter OPENSSL_TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

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

    /** Its end; empty while there is none. */
    static Optional<Instant> end(Unit unit) {
        return certificate(unit)
                .flatMap(pem -> Certificates.ofPem(pem).stream().findFirst())
                .map(Certificates::notAfter);
    }

    void make(Instant now) {
        inWork(() -> {
            configure(
                    "livepatch CA of " + unit.application() + " "
                            + UUID.randomUUID().toString().substring(0, 8),
                    "");
            key("ca.key");
            request("ca");
            sign("ca", "authority", now, now.plus(CertificateLifetime.AUTHORITY), "-selfsign");
            unit.secrets().put(SECRET, Map.of("certificate", content("ca.crt"), "key", content("ca.key")));
        });
    }

    /**
     * Issues a certificate for these names and answers it with its key, as haproxy reads them.
     *
     * @throws CharmException if the authority has not been made yet, or has expired
     */
    String issue(List<String> names, Instant now) {
        Map<String, String> authority = unit.secrets()
                .find(SECRET)
                .orElseThrow(() -> new CharmException("the certificate authority has not been made yet"))
                .content();
        Instant end = end(unit).orElseThrow(() -> new CharmException("the certificate authority cannot be read"));
        if (!now.isBefore(end)) {
            throw new CharmException("the certificate authority has expired on " + CertificateLifetime.day(end));
        }
        List<String> pem = new ArrayList<>();
        inWork(() -> {
            PrivateFile.write(work.resolve("ca.crt"), authority.getOrDefault("certificate", ""));
            PrivateFile.write(work.resolve("ca.key"), authority.getOrDefault("key", ""));
            configure(commonName(names), String.join(", ", names));
            key("server.key");
            request("server");
            sign("server", "server", now, CertificateLifetime.leafEnd(now, end), "-cert", file("ca.crt"));
            pem.add(content("server.crt") + content("server.key"));
        });
        return pem.getFirst();
    }

    private static String commonName(List<String> names) {
        return names.stream()
                .map(name -> name.substring(name.indexOf(':') + 1))
                .filter(name -> name.length() <= LONGEST_NAME)
                .findFirst()
                .orElse("livepatch");
    }

    /** For {@code openssl ca}, which alone can be told when a certificate begins and ends. */
    private void configure(String commonName, String names) {
        PrivateFile.write(work.resolve("index.txt"), "");
        PrivateFile.write(work.resolve("openssl.cnf"), """
                [ca]
                default_ca = own
                [own]
                database = %s
                new_certs_dir = %s
                rand_serial = yes
                default_md = sha256
                policy = any
                unique_subject = no
                [any]
                commonName = supplied
                [req]
                distinguished_name = name
                prompt = no
                [name]
                CN = %s
                [authority]
                basicConstraints = critical, CA:TRUE, pathlen:0
                keyUsage = critical, keyCertSign, cRLSign
                subjectKeyIdentifier = hash
                """.formatted(file("index.txt"), work, commonName));
        PrivateFile.write(work.resolve("server.cnf"), """
                [server]
                basicConstraints = critical, CA:FALSE
                keyUsage = critical, digitalSignature
                extendedKeyUsage = serverAuth
                subjectKeyIdentifier = hash
                authorityKeyIdentifier = keyid
                subjectAltName = %s
                """.formatted(names));
    }

    private void request(String name) {
        openssl(
                "req",
                "-new",
                "-sha256",
                "-key",
                file(name + ".key"),
                "-config",
                file("openssl.cnf"),
                "-out",
                file(name + ".csr"));
    }

    private void sign(String name, String extensions, Instant now, Instant end, String... signer) {
        List<String> arguments = new ArrayList<>(List.of(
                "ca",
                "-batch",
                "-notext",
                "-config",
                file("openssl.cnf"),
                "-keyfile",
                file("ca.key"),
                "-in",
                file(name + ".csr"),
                "-startdate",
                OPENSSL_TIME.format(now.minus(CertificateLifetime.SLOW_CLOCKS)),
                "-enddate",
                OPENSSL_TIME.format(end),
                "-extensions",
                extensions,
                "-out",
                file(name + ".crt")));
        if (extensions.equals("server")) {
            arguments.addAll(List.of("-extfile", file("server.cnf")));
        }
        arguments.addAll(List.of(signer));
        openssl(arguments.toArray(String[]::new));
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
