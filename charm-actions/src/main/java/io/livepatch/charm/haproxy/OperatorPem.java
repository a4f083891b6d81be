package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Config;
import io.livepatch.charm.exec.Command;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The operator's certificate and key, checked before haproxy sees them. Never prints the key. */
record OperatorPem(String certificate, String key) {
    static final String CERTIFICATE = "ssl-cert";
    static final String KEY = "ssl-key";

    private static final Pattern KEY_BLOCK =
            Pattern.compile("-----BEGIN ([A-Z]+ )?PRIVATE KEY-----.*?-----END \\1?PRIVATE KEY-----", Pattern.DOTALL);
    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    private static final String ANY_USE = "2.5.29.37.0";
    /** OpenSSL's security level 2, which haproxy runs with on Debian, refuses shorter ones. */
    private static final int SHORTEST_RSA_KEY = 2048;

    /** Empty when neither is set. */
    static Optional<OperatorPem> of(Config config) {
        Optional<String> certificate = config.text(CERTIFICATE);
        Optional<String> key = config.text(KEY);
        return certificate.isEmpty() && key.isEmpty()
                ? Optional.empty()
                : Optional.of(new OperatorPem(plain(certificate.orElse("")), plain(key.orElse(""))));
    }

    /** Juju's old charm took base64 of PEM. */
    private static String plain(String text) {
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

    /** For haproxy: the chain and the key alone, whatever else stood beside them. */
    String pem() {
        Matcher block = KEY_BLOCK.matcher(key);
        return chain().stream().map(it -> Certificates.pem(it) + "\n").collect(Collectors.joining())
                + (block.find() ? block.group() + "\n" : "");
    }

    /** Why it cannot be served, and what to set instead; tells nothing of the key. */
    Optional<String> problem(Instant now) {
        return incomplete().or(this::keyProblem).or(() -> chainProblem(now)).or(this::useProblem);
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
            return Optional.of("ssl-key has a pass phrase, and nobody is there to type it: give what"
                    + " 'openssl pkey -in key.pem' prints");
        }
        Matcher block = KEY_BLOCK.matcher(key);
        if (!block.find()) {
            return Optional.of("ssl-key holds no private key: give PEM, or base64 of PEM");
        }
        Command.Output derived = Command.of("openssl", "pkey", "-pubout", "-outform", "PEM", "-passin", "pass:")
                .withInput(block.group() + "\n")
                .run();
        if (!derived.ok()) {
            return Optional.of("ssl-key cannot be read: it is no private key, or is damaged");
        }
        return mismatch(derived.stdout().replaceAll("-----[A-Z ]+-----|\\s", ""));
    }

    private Optional<String> mismatch(String publicKey) {
        List<X509Certificate> chain = chain();
        int owner = IntStream.range(0, chain.size())
                .filter(at -> publicKey.equals(Base64.getEncoder()
                        .encodeToString(chain.get(at).getPublicKey().getEncoded())))
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

    private Optional<String> chainProblem(Instant now) {
        List<X509Certificate> chain = chain();
        for (int at = 0; at < chain.size(); at++) {
            X509Certificate one = chain.get(at);
            String which = at == 0 ? "ssl-cert" : "certificate " + (at + 1) + " of ssl-cert (" + name(one) + ")";
            if (Certificates.notAfter(one).isBefore(now)) {
                return Optional.of(which + " has expired on " + Certificates.notAfter(one) + ": set a new pair");
            }
            if (Certificates.notBefore(one).isAfter(now)) {
                return Optional.of(which + " is not valid before " + Certificates.notBefore(one)
                        + ", and it is " + now.truncatedTo(ChronoUnit.SECONDS)
                        + ": set it then, or mend this machine's clock");
            }
            if (at + 1 < chain.size() && !Certificates.issuedBy(one, chain.get(at + 1))) {
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
        if (leaf.getPublicKey() instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < SHORTEST_RSA_KEY) {
            return Optional.of("the RSA key of ssl-cert has " + rsa.getModulus().bitLength() + " bits and needs "
                    + SHORTEST_RSA_KEY + " or more");
        }
        return Optional.empty();
    }

    /** That machines will not accept it under the name they use. haproxy would serve it, so it is no reason to refuse it. */
    Optional<String> warning(Frontage frontage) {
        X509Certificate leaf = chain().getFirst();
        return Certificates.covers(leaf, frontage.host())
                ? Optional.empty()
                : Optional.of("ssl-cert is not for '" + frontage.host() + "', the host of the public URL: set"
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
