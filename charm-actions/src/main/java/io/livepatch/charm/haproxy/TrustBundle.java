package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.Unit;
import io.livepatch.haproxy.model.Frontend.Page;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The CA certificates that machines are told to trust: those of the application's own authority while no pair of the operator is set, and
 * those of the operator. Expired ones are left out, because machines refuse them.
 */
record TrustBundle(List<X509Certificate> certificates) {
    static final String OPTION = "ca-certs";

    /** Where machines read it; {@code livepatch-client refresh} does. */
    private static final String PATH = "/v1/ca-certs";
    /** RFC 8555. */
    private static final String CONTENT_TYPE = "application/pem-certificate-chain";
    /** Certificates of 4096-bit RSA keys have about 2,000 characters; machines accept eight certificates, two of them of the charm. */
    private static final int MAX_LENGTH = 6000;

    TrustBundle {
        certificates = List.copyOf(certificates);
    }

    static TrustBundle of(Unit unit, Instant now) {
        List<X509Certificate> all = new ArrayList<>();
        if (ProvidedCertificate.of(unit.config()).isEmpty()) {
            new AuthoritySecret(unit).rollover().ifPresent(it -> all.addAll(it.all()));
        }
        all.addAll(configured(unit.config()));
        return new TrustBundle(all.stream()
                .distinct()
                .filter(it -> now.isBefore(Certificates.notAfter(it)))
                .toList());
    }

    private static List<X509Certificate> configured(CharmConfig config) {
        return config.text(OPTION)
                .map(ProvidedCertificate::plain)
                .map(Certificates::ofPem)
                .orElse(List.of());
    }

    /** Why the option must not be set, and what to set instead. */
    static Optional<String> problem(CharmConfig config, Instant now) {
        if (config.text(OPTION).isEmpty()) {
            return Optional.empty();
        }
        if (ProvidedCertificate.plain(config.text(OPTION).get()).contains("PRIVATE KEY-----")) {
            return Optional.of("ca-certs holds a private key, and its value is shown to every machine");
        }
        List<X509Certificate> all = configured(config);
        if (all.isEmpty()) {
            return Optional.of("ca-certs holds no certificate that can be read: give PEM, or base64 of PEM");
        }
        if (all.size() > 6 || new TrustBundle(all).pem().length() > MAX_LENGTH) {
            return Optional.of("ca-certs holds more than 6 certificates or " + MAX_LENGTH
                    + " characters: give only the CAs that machines need");
        }
        return all.stream()
                .flatMap(it -> Stream.of(it)
                        .filter(ca -> ca.getBasicConstraints() < 0 || !now.isBefore(Certificates.notAfter(ca)))
                        .map(ca ->
                                "certificate '" + ca.getSubjectX500Principal().getName() + "' of ca-certs "
                                        + (ca.getBasicConstraints() < 0
                                                ? "is no CA (CA:TRUE)"
                                                : "has expired on " + Certificates.notAfter(ca))
                                        + ": machines would refuse all of them"))
                .findFirst();
    }

    /** Empty text for none. */
    String pem() {
        return certificates.stream().map(Certificates::pem).collect(Collectors.joining("\n"));
    }

    /** For the application's bag of the relation. */
    Map<String, String> entries() {
        return Map.of("ca", pem());
    }

    /** What haproxy answers machines; none while there is none. */
    List<Page> pages() {
        return certificates.isEmpty() ? List.of() : List.of(new Page(PATH, CONTENT_TYPE, pem() + "\n"));
    }
}
