package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.CertificatePair;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Certificates of the application's own authority, with openssl as the judge. */
class CertificateAuthorityIT {
    private static final List<String> NAMES =
            List.of("DNS:*.example.com", "IP:127.0.10.3", "IP:127.0.0.1", "DNS:localhost");

    @TempDir
    private Path directory;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final Map<String, String> authority = CertificateAuthority.make("haproxy", now);

    private static String openssl(String... arguments) {
        List<String> all = new ArrayList<>(List.of("openssl"));
        all.addAll(List.of(arguments));
        return ExternalProgram.of(all).runOrThrow().stdout();
    }

    private String file(String name, String content) {
        try {
            return Files.writeString(directory.resolve(name), content).toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void assertVerifies(Map<String, String> authority, String issued, Instant at) {
        String ca = file("ca.crt", authority.getOrDefault("certificate", ""));
        String leaf = file("leaf.pem", issued);
        for (List<String> name : List.of(
                List.of("-verify_hostname", "lp.example.com"),
                List.of("-verify_hostname", "localhost"),
                List.of("-verify_ip", "127.0.10.3"))) {
            assertThat(openssl(
                            "verify",
                            "-x509_strict",
                            "-purpose",
                            "sslserver",
                            "-attime",
                            String.valueOf(at.getEpochSecond()),
                            name.get(0),
                            name.get(1),
                            "-CAfile",
                            ca,
                            leaf))
                    .isEqualTo(leaf + ": OK\n");
        }
        assertThat(openssl("pkey", "-in", leaf, "-check", "-pubout"))
                .isEqualTo("Key is valid\n" + openssl("x509", "-in", leaf, "-noout", "-pubkey"));
    }

    @Test
    void opensslAcceptsIssuedCertificates() {
        assertVerifies(authority, CertificateAuthority.issue(authority, NAMES, now), now);
    }

    @Test
    void theAuthoritySignsServersOnly() {
        String text = openssl("x509", "-text", "-noout", "-in", file("ca.crt", authority.get("certificate")));

        assertThat(text)
                .containsPattern("Issuer: CN = (livepatch CA of haproxy [0-9a-f]{8})\n(?s:.*)Subject: CN = \\1\n")
                .contains("Signature Algorithm: ecdsa-with-SHA256", "ASN1 OID: prime256v1", "Version: 3")
                .contains("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n")
                .contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n")
                .contains("X509v3 Subject Key Identifier:")
                .doesNotContain("Authority Key Identifier", "Extended Key Usage", "Alternative Name");
        assertThat(leaf(authority.get("certificate"))).satisfies(it -> {
            assertThat(Certificates.notBefore(it)).isEqualTo(now.minus(Duration.ofHours(1)));
            assertThat(Certificates.notAfter(it)).isEqualTo(now.plus(Duration.ofDays(3650)));
        });
    }

    @Test
    void aServersCertificateIsForItsNamesAndForServersOnly() {
        String issued = CertificateAuthority.issue(authority, NAMES, now);
        String text = openssl("x509", "-text", "-noout", "-in", file("leaf.pem", issued));

        assertThat(text)
                .contains("Subject: CN = *.example.com\n")
                .contains("Signature Algorithm: ecdsa-with-SHA256", "ASN1 OID: prime256v1", "Version: 3")
                .contains("X509v3 Basic Constraints: critical\n                CA:FALSE\n")
                .contains("X509v3 Key Usage: critical\n                Digital Signature\n")
                .contains("X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n")
                .contains("X509v3 Subject Alternative Name: \n                DNS:*.example.com,"
                        + " IP Address:127.0.10.3, IP Address:127.0.0.1, DNS:localhost\n")
                .doesNotContain("DirName:");
        assertThat(leaf(issued)).satisfies(it -> {
            assertThat(Certificates.notBefore(it)).isEqualTo(now.minus(Duration.ofHours(1)));
            assertThat(Certificates.notAfter(it))
                    .isEqualTo(now.minus(Duration.ofHours(1)).plus(Duration.ofDays(397)));
            assertThat(it.getSerialNumber()).isPositive();
            assertThat(it.getSerialNumber().toByteArray()).hasSizeLessThanOrEqualTo(20);
        });
        assertThat(leaf(issued).getSerialNumber())
                .isNotEqualTo(
                        leaf(CertificateAuthority.issue(authority, NAMES, now)).getSerialNumber());
    }

    @Test
    void aNameTooLongForTheSubjectIsAnAlternativeNameOnly() {
        String name = "a.".repeat(40) + "example.com";
        String issued = CertificateAuthority.issue(authority, List.of("DNS:" + name, "IP:127.0.0.1"), now);

        assertThat(openssl("x509", "-text", "-noout", "-in", file("leaf.pem", issued)))
                .contains("Subject: CN = 127.0.0.1\n")
                .contains("DNS:" + name);
    }

    /** As earlier versions did, which called openssl. */
    @Test
    void anAuthorityOfAnEarlierVersionIsKept() throws IOException {
        Map<String, String> earlier = earlierAuthority();
        Instant later = Certificates.notBefore(leaf(earlier.get("certificate"))).plus(Duration.ofDays(1));

        String issued = CertificateAuthority.issue(earlier, NAMES, later);

        assertVerifies(earlier, issued, later);
        assertThat(Certificates.issuedBy(leaf(issued), leaf(earlier.get("certificate"))))
                .isTrue();
    }

    private static Map<String, String> earlierAuthority() throws IOException {
        try (InputStream in = CertificateAuthorityIT.class.getResourceAsStream("/model-before/model.json")) {
            JsonNode secret = new JsonMapper()
                    .readTree(in)
                    .path("secrets")
                    .valueStream()
                    .filter(it -> it.path("label").asString().equals("certificate-authority"))
                    .findFirst()
                    .orElseThrow();
            return Map.of(
                    "certificate",
                    secret.path("content").path("certificate").asString(),
                    "key",
                    secret.path("content").path("key").asString());
        }
    }

    @ParameterizedTest
    @CsvSource({"EC, pkey, BEGIN PRIVATE KEY", "EC, ec, BEGIN EC PRIVATE KEY", "RSA, rsa, BEGIN RSA PRIVATE KEY"})
    void everyFormatOfItsKeyIsRead(String algorithm, String format, String heading) {
        CertificatePair ca = CertificatePair.make(
                directory,
                "ca",
                algorithm,
                List.of(
                        "-addext",
                        "basicConstraints=critical,CA:TRUE",
                        "-addext",
                        "keyUsage=critical,keyCertSign",
                        "-days",
                        "30"));
        Instant later = now.plus(Duration.ofHours(1));
        List<String> convert = new ArrayList<>(List.of(format));
        if (format.equals("rsa")) {
            convert.add("-traditional");
        }
        convert.addAll(List.of("-in", file("made.key", ca.key())));
        String key = openssl(convert.toArray(String[]::new));
        assertThat(key).contains(heading);
        Map<String, String> made = Map.of("certificate", ca.certificate(), "key", key);

        assertVerifies(made, CertificateAuthority.issue(made, NAMES, later), later);
    }

    @Test
    void aCertificateThatCannotSignIsRefused() {
        String certificate = authority.getOrDefault("certificate", "");
        String other = CertificateAuthority.make("haproxy", now).getOrDefault("key", "");
        for (String key : List.of("", "damaged", other)) {
            assertThatThrownBy(() ->
                            CertificateAuthority.issue(Map.of("certificate", certificate, "key", key), NAMES, now))
                    .isInstanceOf(CharmException.class)
                    .hasMessage("the key of the certificate authority cannot be read, or is not the key of its"
                            + " certificate");
        }
        assertThatThrownBy(() -> CertificateAuthority.issue(Map.of(), NAMES, now))
                .isInstanceOf(CharmException.class)
                .hasMessage("the certificate authority cannot be read");
        assertThatThrownBy(() -> CertificateAuthority.issue(authority, NAMES, now.plus(Duration.ofDays(3650))))
                .isInstanceOf(CharmException.class)
                .hasMessageStartingWith("the certificate authority has expired on ");
    }

    private static X509Certificate leaf(String pem) {
        return Certificates.ofPem(pem).getFirst();
    }
}
