package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Config;
import io.livepatch.charm.exec.Command;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The operator's certificate and key, checked before haproxy sees them. */
record OperatorPem(String certificate, String key) {

    /** Empty when neither is set. */
    static Optional<OperatorPem> of(Config config) {
        Optional<String> certificate = config.text("ssl-cert");
        Optional<String> key = config.text("ssl-key");
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
            return "";
        }
    }

    String pem() {
        return certificate + key;
    }

    /** Why it cannot be used; tells nothing of the key. */
    Optional<String> problem(Instant now) {
        List<X509Certificate> chain = Certificates.ofPem(certificate);
        if (chain.isEmpty()) {
            return Optional.of("ssl-cert holds no certificate: give PEM, or base64 of PEM");
        }
        Instant end = chain.getFirst().getNotAfter().toInstant();
        if (end.isBefore(now)) {
            return Optional.of("ssl-cert has expired on " + end);
        }
        if (!key.contains("-----BEGIN")) {
            return Optional.of("ssl-key holds no key: give PEM, or base64 of PEM");
        }
        Command.Output derived = Command.of("openssl", "pkey", "-pubout", "-outform", "PEM", "-passin", "pass:")
                .withInput(key)
                .run();
        if (!derived.ok()) {
            return Optional.of("ssl-key cannot be read: it is no private key, or has a pass phrase");
        }
        String body = derived.stdout().replaceAll("-----[A-Z ]+-----|\\s", "");
        String wanted = Base64.getEncoder()
                .encodeToString(chain.getFirst().getPublicKey().getEncoded());
        return body.equals(wanted) ? Optional.empty() : Optional.of("ssl-key is not the key of ssl-cert");
    }

    @Override
    public String toString() {
        return "operator's certificate";
    }
}
