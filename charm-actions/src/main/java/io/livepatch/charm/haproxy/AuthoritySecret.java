package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.haproxy.AuthorityRollover.Next;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The secret of the application with its certificate authority, and with the next one while there is one. So machines trust the same
 * authority while units come and go. Only the leader writes it; the keys are never in a file of their own.
 */
final class AuthoritySecret {
    private static final String LABEL = "certificate-authority";
    private static final String NEXT = "next-";
    private static final String CHANGE_OVER = "change-over";

    private final Unit unit;

    AuthoritySecret(Unit unit) {
        this.unit = unit;
    }

    /** Empty before the authority is created, or if it cannot be read. */
    Optional<AuthorityRollover> rollover() {
        return content().flatMap(AuthoritySecret::rollover);
    }

    private Optional<Map<String, String>> content() {
        return unit.secrets().find(LABEL).map(it -> it.content());
    }

    static Optional<AuthorityRollover> rollover(Map<String, String> content) {
        return certificate(content, "")
                .map(current -> new AuthorityRollover(
                        current,
                        certificate(content, NEXT)
                                .flatMap(next -> changeOver(content).map(instant -> new Next(next, instant)))));
    }

    private static Optional<X509Certificate> certificate(Map<String, String> content, String prefix) {
        return Certificates.ofPem(content.getOrDefault(prefix + CertificateAuthority.CERTIFICATE, "")).stream()
                .findFirst();
    }

    private static Optional<Instant> changeOver(Map<String, String> content) {
        try {
            return Optional.of(Instant.parse(content.getOrDefault(CHANGE_OVER, "")));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Creates the authority, or replaces one that has ended. */
    void make(Instant now) {
        unit.secrets().put(LABEL, CertificateAuthority.make(unit.application(), now));
    }

    /** Creates the next authority. */
    void makeNext(Instant changeOver, Instant now) {
        Map<String, String> content = new HashMap<>(content().orElseThrow());
        CertificateAuthority.make(unit.application(), now).forEach((key, value) -> content.put(NEXT + key, value));
        content.put(CHANGE_OVER, changeOver.toString());
        unit.secrets().put(LABEL, content);
    }

    void changeOver(Instant instant) {
        Map<String, String> content = new HashMap<>(content().orElseThrow());
        content.put(CHANGE_OVER, instant.toString());
        unit.secrets().put(LABEL, content);
    }

    /** Forgets the current authority: the next one takes its place. */
    void retireCurrent() {
        unit.secrets().put(LABEL, withPrefix(content().orElseThrow(), NEXT));
    }

    private static Map<String, String> withPrefix(Map<String, String> content, String prefix) {
        return Map.of(
                CertificateAuthority.CERTIFICATE,
                content.getOrDefault(prefix + CertificateAuthority.CERTIFICATE, ""),
                CertificateAuthority.KEY,
                content.getOrDefault(prefix + CertificateAuthority.KEY, ""));
    }

    /**
     * Issues a certificate for these names, of the authority that signs now.
     *
     * @param names such as {@code DNS:localhost} and {@code IP:127.0.0.1}
     * @return certificate and key as PEM, in one text, as haproxy reads it
     * @throws CharmException if the authority does not exist, cannot be read, or has expired
     */
    String issue(List<String> names, Instant now) {
        Map<String, String> content =
                content().orElseThrow(() -> new CharmException("the certificate authority has not been created yet"));
        boolean nextSigns = rollover(content)
                .filter(it -> !it.issuer(now).equals(it.current()))
                .isPresent();
        return CertificateAuthority.issue(withPrefix(content, nextSigns ? NEXT : ""), names, now);
    }
}
