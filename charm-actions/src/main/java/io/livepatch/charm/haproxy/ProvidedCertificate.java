package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmConfig;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The operator's certificate and key from the options, with the checks before they are used. Never prints the key. */
record ProvidedCertificate(String certificate, String key) {
    static final String CERTIFICATE = "ssl-cert";
    static final String KEY = "ssl-key";

    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    private static final String ANY_USE = "2.5.29.37.0";
    /** OpenSSL's security level 2, which haproxy runs with on Debian, refuses shorter ones. */
    private static final int MIN_RSA_BITS = 2048;

    /** Empty when neither is set. */
    static Optional<ProvidedCertificate> of(CharmConfig config) {
        Optional<String> certificate = config.text(CERTIFICATE);
        Optional<String> key = config.text(KEY);
        return certificate.isEmpty() && key.isEmpty()
                ? Optional.empty()
                : Optional.of(new ProvidedCertificate(plain(certificate.orElse("")), plain(key.orElse(""))));
    }

    /** Juju's old charm took base64 of PEM. */
    static String plain(String text) {
        if (text.contains("-----BEGIN")) {
            return text.strip() + "\n";
        }
        try {
            return new String(Base64.getMimeDecoder().decode(text), StandardCharsets.UTF_8).strip() + "\n";
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    List<X509Certificate> chain() {
        return Certificates.ofPem(certificate);
    }

    /** For haproxy: the chain and the key, without other text of the PEM files. */
    String pem() {
        return chain().stream().map(it -> Certificates.pem(it) + "\n").collect(Collectors.joining())
                + PrivateKeyPem.find(key).map(it -> it.text() + "\n").orElse("");
    }

    /** Why the pair must not be set now, and what to set instead; never contains a part of the key. */
    Optional<String> problem(Instant now) {
        return defect().or(() -> timeProblem(now));
    }

    /** Why the pair cannot be served at any time, and what to set instead; never contains a part of the key. */
    Optional<String> defect() {
        return incomplete().or(this::keyProblem).or(this::chainProblem).or(this::useProblem);
    }

    /**
     * That the server's own certificate has ended or is not valid yet; empty if there is none. haproxy can serve it all the same.
     */
    Optional<String> timeProblem(Instant now) {
        return chain().stream()
                .findFirst()
                .flatMap(leaf -> outOfTime(leaf, CERTIFICATE, now))
                .map(it -> it + ": set a new pair, or correct this machine's clock");
    }

    /**
     * Which of the authorities' certificates have ended or are not valid yet. A warning and no refusal: a client that trusts
     * another path, such as one that skips an old cross-signed root, still accepts the server.
     */
    List<String> chainWarnings(Instant now) {
        List<X509Certificate> chain = chain();
        return IntStream.range(1, chain.size())
                .mapToObj(at -> outOfTime(
                        chain.get(at), "certificate " + (at + 1) + " of ssl-cert (" + name(chain.get(at)) + ")", now))
                .flatMap(Optional::stream)
                .map(it -> it
                        + ", and machines may refuse the server: set ssl-cert and ssl-key to a pair with a valid chain")
                .toList();
    }

    private static Optional<String> outOfTime(X509Certificate certificate, String which, Instant now) {
        if (Certificates.notAfter(certificate).isBefore(now)) {
            return Optional.of(which + " has expired on " + Certificates.notAfter(certificate));
        }
        return Certificates.notBefore(certificate).isAfter(now)
                ? Optional.of(which + " is not valid before " + Certificates.notBefore(certificate) + ", and it is "
                        + now.truncatedTo(ChronoUnit.SECONDS))
                : Optional.empty();
    }

    private Optional<String> incomplete() {
        if (certificate.isBlank() || key.isBlank()) {
            return Optional.of((certificate.isBlank() ? CERTIFICATE : KEY) + " is missing: set " + CERTIFICATE
                    + "=@FILE and " + KEY + "=@FILE in one command, or reset both");
        }
        if (certificate.contains("PRIVATE KEY-----")) {
            return Optional.of("ssl-cert holds a private key, and its value is shown: keys belong into ssl-key");
        }
        if (chain().isEmpty()) {
            return Optional.of(
                    certificate.contains("-----BEGIN CERTIFICATE-----")
                            ? "ssl-cert holds a certificate that cannot be read; copy the file anew"
                            : "ssl-cert holds no certificate: give PEM, or base64 of PEM");
        }
        return Optional.empty();
    }

    private Optional<String> keyProblem() {
        if (key.contains("ENCRYPTED")) {
            return Optional.of("ssl-key is encrypted and haproxy cannot ask for the pass phrase: give what"
                    + " 'openssl pkey -in key.pem' prints");
        }
        Optional<PrivateKeyPem> found = PrivateKeyPem.find(key);
        if (found.isEmpty()) {
            return Optional.of("ssl-key holds no private key: give PEM, or base64 of PEM");
        }
        return found.get().readable()
                ? mismatch(found.get())
                : Optional.of(
                        "ssl-key cannot be read: it is damaged, or no key of RSA, EC (P-256, P-384, P-521) or EdDSA");
    }

    private Optional<String> mismatch(PrivateKeyPem privateKey) {
        List<X509Certificate> chain = chain();
        int owner = IntStream.range(0, chain.size())
                .filter(at -> privateKey.belongsTo(chain.get(at).getPublicKey()))
                .findFirst()
                .orElse(-1);
        return switch (owner) {
            case 0 -> Optional.empty();
            case -1 ->
                Optional.of("ssl-key is not the key of ssl-cert: set the two that belong together in one command,"
                        + " ssl-cert=@FILE ssl-key=@FILE");
            default ->
                Optional.of("the certificate of ssl-key is number " + (owner + 1) + " in ssl-cert: put it first, then"
                        + " the certificate of the authority that issued it, and so on");
        };
    }

    private Optional<String> chainProblem() {
        List<X509Certificate> chain = chain();
        for (int at = 0; at + 1 < chain.size(); at++) {
            X509Certificate one = chain.get(at);
            if (!Certificates.issuedBy(one, chain.get(at + 1))) {
                return Optional.of("certificate " + (at + 1) + " of ssl-cert (" + name(one) + ") is not issued by the"
                        + " next one (" + name(chain.get(at + 1)) + "): put each before the one that issued it, and"
                        + " leave out those that do not belong to it");
            }
        }
        return Optional.empty();
    }

    private Optional<String> useProblem() {
        X509Certificate leaf = chain().getFirst();
        if (leaf.getBasicConstraints() >= 0) {
            return Optional.of("ssl-cert is the certificate of an authority (CA:TRUE), which some clients refuse from a"
                    + " server: have it issue one for this server, or sign one by itself with 'openssl req -x509"
                    + " -addext basicConstraints=critical,CA:FALSE'");
        }
        try {
            List<String> uses = leaf.getExtendedKeyUsage();
            if (uses != null && !uses.contains(SERVER_AUTHENTICATION) && !uses.contains(ANY_USE)) {
                return Optional.of("ssl-cert is not for servers: its extended key usage lacks serverAuth");
            }
        } catch (CertificateParsingException e) {
            return Optional.of("the extended key usage of ssl-cert cannot be read: have it issued anew");
        }
        if (leaf.getPublicKey() instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
            return Optional.of("the RSA key of ssl-cert has " + rsa.getModulus().bitLength() + " bits and needs "
                    + MIN_RSA_BITS + " or more");
        }
        return Optional.empty();
    }

    /**
     * That machines will not accept the certificate for the host name of the public URL. A warning only, because haproxy can serve
     * it.
     */
    Optional<String> warning(PublicEndpoint endpoint) {
        X509Certificate leaf = chain().getFirst();
        return Certificates.covers(leaf, endpoint.host())
                ? Optional.empty()
                : Optional.of("ssl-cert is not for '" + endpoint.host() + "', the host of the public URL: set"
                        + " external-hostname to one of its names ("
                        + Certificates.names(leaf).stream().sorted().limit(5).collect(Collectors.joining(", "))
                        + "), or use another certificate");
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    @Override
    public String toString() {
        return "operator's certificate";
    }
}
