package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.CertificatePair;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The values of haproxy's options that {@code config} and {@code deploy} refuse. */
class HaproxyRulesIT {
    @TempDir
    private static Path directory;

    private static CertificatePair good;

    @BeforeAll
    static void make() {
        good = CertificatePair.selfSigned(directory, "good", Duration.ofDays(90));
    }

    private static void check(Map<String, String> before, Map<String, String> after) {
        CharmMetadata haproxy = new HaproxyCharm(Instant::now).metadata();
        haproxy.refuse(haproxy.problems(before, after));
    }

    private static void accepts(Map<String, String> options) {
        check(Map.of(), options);
    }

    private static String refusal(Map<String, String> options) {
        try {
            check(Map.of(), options);
            return "accepted";
        } catch (CharmException.Invalid e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String refusalOf(String certificate, String key) {
        return refusal(Map.of("ssl-cert", certificate, "ssl-key", key));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "strategy|randon|strategy is 'randon' and may be round_robin, least_connections, ip_hash, random or uri_hash;"
                        + " did you mean 'random'?",
                "strategy|foo|strategy is 'foo' and may be round_robin, least_connections, ip_hash, random or uri_hash,"
                        + " such as least_connections",
                "strategy|sticky|strategy is 'sticky' and may be",
                "strategy|''|strategy is '' and may be",
                "expose-admin|yes|expose-admin is 'yes' and may be true or false, such as false",
                "https-port|many|https-port is 'many' and may be from 1 to 65535, such as 8443",
                "https-port|0|https-port is 0 and may be from 1 to 65535",
                "https-port|99999999999|https-port is 99999999999 and may be from 1 to 65535",
                "http-port|8443|http-port and https-port are both 8443: each needs a port of its own",
                "http-port|65536|http-port is 65536 and may be from 1 to 65535, or 0 for none, such as 8080",
                "global-maxconn|0|global-maxconn is 0 and may be from 1 to 1000000",
                "threads|65|threads is 65 and may be from 0 to 64",
                "source-connections|0|source-connections is 0 and may be from 1 to 1000000",
                "trusted-cidrs|10.0.0.0/8 10.1/16|trusted-cidrs is '10.0.0.0/8 10.1/16' and may be networks and IP addresses, separated by commas or spaces,",
                "timeout-client|0|timeout-client is 0 and may be from 1 to 2073600",
                "external-hostname|https://lp.example.com|external-hostname is 'https://lp.example.com' and may be a host name",
                "external-hostname|lp.example.com:8443|may be a host name",
                "external-hostname|-lp.example.com|may be a host name",
                "external-hostname|1.2.3|may be a host name",
                "external-hostname|300.1.2.3|may be a host name"
            })
    void invalidValuesAreRefused(String option, String value, String message) {
        assertThat(refusal(Map.of(option, value))).contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lp.example.com", "127.0.0.9", "localhost", "a-b.c", "*.example.com"})
    void hostNamesAndAddressesAreAccepted(String name) {
        accepts(Map.of("external-hostname", name, "http-port", "0", "strategy", "uri_hash"));
    }

    @Test
    void allProblemsAreReportedTogether() {
        assertThat(refusal(Map.of("strategy", "fast", "http-port", "8443")))
                .startsWith("the configuration of 'haproxy' is refused:")
                .contains("strategy is 'fast'")
                .contains("are both 8443");
    }

    @Test
    void anEarlierViolationBlocksNoOtherChange() {
        check(Map.of("strategy", "fastest"), Map.of("strategy", "fastest", "timeout-client", "40"));
        check(Map.of("strategy", "fastest"), Map.of());
        assertThatThrownBy(() -> check(Map.of("strategy", "fastest"), Map.of("strategy", "faster")))
                .hasMessageContaining("strategy is 'faster'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA", "ED25519"})
    void pairsOfTheUsualAlgorithmsAreAccepted(String algorithm) {
        CertificatePair pair = CertificatePair.make(directory, "usual", algorithm, List.of("-days", "30"));

        accepts(Map.of("ssl-cert", pair.certificate(), "ssl-key", pair.key()));
        accepts(Map.of("ssl-cert", base64(pair.certificate()), "ssl-key", base64(pair.key())));
    }

    private static String base64(String text) {
        return Base64.getMimeEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void olderKeyFormatsAreAccepted() {
        String sec1 = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                + ExternalProgram.of("openssl", "ec")
                        .withInput(good.key())
                        .runOrThrow()
                        .stdout();

        assertThat(sec1).contains("BEGIN EC PRIVATE KEY");
        accepts(Map.of("ssl-cert", good.certificate(), "ssl-key", sec1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "RSA-PSS", "RSA:3072"})
    void olderKeyFormatsOfRsaAreAccepted(String algorithm) {
        CertificatePair pair = CertificatePair.make(directory, "older", algorithm, List.of("-days", "30"));
        String key = algorithm.equals("RSA-PSS")
                ? pair.key()
                : ExternalProgram.of("openssl", "rsa", "-traditional")
                        .withInput(pair.key())
                        .runOrThrow()
                        .stdout();

        accepts(Map.of("ssl-cert", pair.certificate(), "ssl-key", key));
        assertThat(refusalOf(good.certificate(), key)).contains("ssl-key is not the key of ssl-cert");
    }

    @Test
    void aDamagedKeyIsRefused() {
        String body = good.key().lines().skip(1).findFirst().orElseThrow();

        assertThat(refusalOf(good.certificate(), good.key().replace(body, "")))
                .contains("ssl-key cannot be read: it is damaged");
        assertThat(refusalOf(good.certificate(), good.key().replace(body, "MIIB" + body)))
                .contains("ssl-key cannot be read: it is damaged");
    }

    @Test
    void halfAPairIsRefusedWithTheAdviceToSetBothAtOnce() {
        assertThat(refusal(Map.of("ssl-cert", good.certificate())))
                .contains("ssl-key is missing")
                .contains("in one command");
        assertThat(refusal(Map.of("ssl-key", good.key()))).contains("ssl-cert is missing");
        Map<String, String> both = Map.of("ssl-cert", good.certificate(), "ssl-key", good.key());
        assertThatThrownBy(() -> check(both, Map.of("ssl-key", good.key()))).hasMessageContaining("or reset both");
        check(both, Map.of());
    }

    @Test
    void aKeyOfAnotherCertificateIsRefusedAndNeverShown() {
        CertificatePair other = CertificatePair.selfSigned(directory, "other", Duration.ofDays(90));

        assertThat(refusalOf(good.certificate(), other.key()))
                .startsWith("ssl-key is not the key of ssl-cert: set the two that belong together in one command")
                .doesNotContain("PRIVATE KEY");
    }

    @Test
    void textThatIsNotPemIsRefused() {
        assertThat(refusalOf("hello", good.key())).contains("ssl-cert holds no certificate");
        assertThat(refusalOf(good.certificate(), "hello")).contains("ssl-key holds no private key");
        assertThat(refusalOf(good.certificate().replaceFirst("M", "A"), good.key()))
                .contains("ssl-cert holds a certificate that cannot be read");
        assertThat(refusalOf(good.pem(), good.key())).contains("ssl-cert holds a private key");
    }

    @Test
    void aKeyWithAPassPhraseIsRefused() {
        String encrypted = ExternalProgram.of("openssl", "pkey", "-aes128", "-passout", "pass:secret")
                .withInput(good.key())
                .runOrThrow()
                .stdout();

        assertThat(refusalOf(good.certificate(), encrypted)).contains("ssl-key is encrypted");
    }

    @Test
    void aPairOutsideItsValidityIsRefused() {
        CharmMetadata later = new HaproxyCharm(() -> Instant.now().plus(Duration.ofDays(91))).metadata();
        CharmMetadata earlier = new HaproxyCharm(() -> Instant.now().minus(Duration.ofDays(1))).metadata();
        Map<String, String> pair = Map.of("ssl-cert", good.certificate(), "ssl-key", good.key());

        assertThat(later.problems(Map.of(), pair)).singleElement().asString().contains("ssl-cert has expired on ");
        assertThat(earlier.problems(Map.of(), pair))
                .singleElement()
                .asString()
                .contains("ssl-cert is not valid before ");
        Map<String, String> more = new TreeMap<>(pair);
        more.put("timeout-client", "40");
        assertThat(later.problems(pair, more)).isEmpty();
    }

    @Test
    void anAuthorityThatEndedIsAWarning() {
        CertificatePair authority = CertificatePair.make(
                directory,
                "intermediate",
                "EC",
                List.of("-addext", "basicConstraints=critical,CA:TRUE", "-days", "30"));
        CertificatePair server = CertificatePair.make(
                directory,
                "issued",
                "EC",
                List.of(
                        "-CA",
                        directory.resolve("intermediate.crt").toString(),
                        "-CAkey",
                        directory.resolve("intermediate.key").toString(),
                        "-days",
                        "90"));
        String chain = server.certificate() + authority.certificate();
        Instant between = Instant.now().plus(Duration.ofDays(60));
        CharmMetadata later = new HaproxyCharm(() -> between).metadata();

        assertThat(later.problems(Map.of(), Map.of("ssl-cert", chain, "ssl-key", server.key())))
                .isEmpty();

        ProvidedCertificate pem = new ProvidedCertificate(chain, server.key());
        assertThat(pem.chainWarnings(between))
                .singleElement()
                .asString()
                .startsWith("certificate 2 of ssl-cert (CN=intermediate) has expired on ")
                .contains("set ssl-cert and ssl-key to a pair with a valid chain");
        assertThat(pem.chainWarnings(Instant.now())).isEmpty();
    }

    @Test
    void authoritiesThatMachinesWouldRefuseAreRefused() {
        CertificatePair ca = CertificatePair.make(
                directory, "published", "EC", List.of("-addext", "basicConstraints=critical,CA:TRUE", "-days", "30"));
        String encoded = Base64.getEncoder().encodeToString(ca.certificate().getBytes(StandardCharsets.US_ASCII));
        CharmMetadata later = new HaproxyCharm(() -> Instant.now().plus(Duration.ofDays(31))).metadata();

        accepts(Map.of("ca-certs", ca.certificate()));
        accepts(Map.of("ca-certs", encoded));
        assertThat(later.problems(Map.of(), Map.of("ca-certs", ca.certificate())))
                .singleElement()
                .asString()
                .contains("certificate 'CN=published' of ca-certs has expired on ");
        assertThat(refusal(Map.of("ca-certs", ca.certificate() + good.certificate())))
                .contains("certificate 'CN=good' of ca-certs is no CA (CA:TRUE)");
        assertThat(refusal(Map.of("ca-certs", ca.pem()))).contains("ca-certs holds a private key");
        assertThat(refusal(Map.of("ca-certs", "/etc/ca.pem"))).contains("ca-certs holds no certificate");
        assertThat(refusal(Map.of("ca-certs", ca.certificate().repeat(7))))
                .contains("ca-certs holds more than 6 certificates");
    }

    @Test
    void aChainInTheWrongOrderIsRefused() {
        CertificatePair other = CertificatePair.selfSigned(directory, "stranger", Duration.ofDays(90));

        assertThat(refusalOf(other.certificate() + good.certificate(), good.key()))
                .contains("the certificate of ssl-key is number 2 in ssl-cert: put it first");
        assertThat(refusalOf(good.certificate() + other.certificate(), good.key()))
                .contains("certificate 1 of ssl-cert (CN=good) is not issued by the next one (CN=stranger)");
    }

    @Test
    void certificatesThatAreNotForServersAreRefused() {
        CertificatePair authority = CertificatePair.make(
                directory, "ca", "EC", List.of("-addext", "basicConstraints=critical,CA:TRUE", "-days", "30"));
        CertificatePair client = CertificatePair.make(
                directory,
                "client",
                "EC",
                List.of("-addext", "basicConstraints=CA:FALSE", "-addext", "extendedKeyUsage=clientAuth"));
        CertificatePair weak = CertificatePair.make(directory, "weak", "RSA:1024", List.of());

        assertThat(refusalOf(authority.certificate(), authority.key())).contains("of an authority (CA:TRUE)");
        assertThat(refusalOf(client.certificate(), client.key())).contains("lacks serverAuth");
        assertThat(refusalOf(weak.certificate(), weak.key())).contains("has 1024 bits and needs 2048");
    }

    @Test
    void aCertificateForAnotherHostIsAcceptedWithAWarning() {
        ProvidedCertificate pem = new ProvidedCertificate(good.certificate(), good.key());

        assertThat(pem.warning(new PublicEndpoint("127.0.10.3", Optional.of("localhost"), 8443, 0)))
                .isEmpty();
        assertThat(pem.warning(new PublicEndpoint("127.0.10.3", Optional.empty(), 8443, 0)))
                .hasValueSatisfying(it -> assertThat(it)
                        .contains("ssl-cert is not for '127.0.10.3'")
                        .contains("DNS:localhost"));
    }
}
