package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.haproxy.model.LoadBalancer.MetricsPage;
import io.livepatch.haproxy.runtime.LoadedCertificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The certificate that haproxy serves, as the result of {@code get-certificate} and as metrics. Pure. */
final class CertificateReport {
    private CertificateReport() {}

    /**
     * The answer's fields.
     *
     * @param trusted what machines are told to trust
     * @throws CharmException if haproxy serves no certificate and none is installed
     */
    static Map<String, String> of(CertificateState state, TrustBundle trusted) {
        if (state.served().isEmpty() && state.displayed().isEmpty()) {
            throw new CharmException("there is no certificate yet"
                    + state.problem().map(it -> ": " + it).orElse(""));
        }
        Map<String, String> results = new LinkedHashMap<>();
        state.displayed().ifPresent(certificate -> chain(certificate, state.authority(), trusted, results));
        state.served().ifPresent(served -> served(served, results));
        if (state.displayed().isEmpty()) {
            results.put("ca", trusted.pem());
            results.put(
                    "note", "haproxy serves a certificate that is in none of the unit's files; the charm replaces it");
        } else if (state.served().isEmpty()) {
            results.put("note", "haproxy does not answer; it will serve this certificate after its start");
        }
        state.problem().ifPresent(it -> results.put("refused", it));
        state.mismatch()
                .ifPresent(_ -> results.put(
                        "wanted-sha256",
                        Certificates.sha256(state.usable().get().leaf())));
        List<String> warnings = Stream.concat(state.timeProblem().stream(), state.warnings().stream())
                .toList();
        if (!warnings.isEmpty()) {
            results.put("warning", String.join("; ", warnings));
        }
        return results;
    }

    /** {@code ca} is all that machines have to trust, and so has the authority of the certificate and the next one. */
    private static void chain(
            CertificateFile certificate,
            Optional<AuthorityRollover> authority,
            TrustBundle trusted,
            Map<String, String> results) {
        X509Certificate leaf = certificate.leaf();
        Optional<X509Certificate> own = authority.flatMap(it -> it.issuerOf(leaf));
        List<String> chain = certificate.chain().stream().map(Certificates::pem).toList();
        String ca = own.map(Certificates::pem).orElse(chain.getLast());
        results.put(
                "ca",
                Stream.concat(Stream.of(ca), trusted.certificates().stream().map(Certificates::pem))
                        .distinct()
                        .collect(Collectors.joining("\n")));
        results.put("certificate", chain.getFirst());
        results.put("chain", String.join("\n", chain) + (chain.contains(ca) ? "" : "\n" + ca));
        results.put("not-before", Certificates.notBefore(leaf).toString());
        results.put("not-after", Certificates.notAfter(leaf).toString());
        Optional<Instant> end = own.map(Certificates::notAfter).or(() -> CertificateMetrics.chainEnd(certificate));
        end.ifPresent(it -> results.put("ca-not-after", it.toString()));
        authority
                .flatMap(AuthorityRollover::next)
                .ifPresent(it -> results.put("change-over", it.changeOver().toString()));
        results.put("serial", serial(leaf));
        results.put("sha256", Certificates.sha256(leaf));
    }

    /** In whole bytes, as haproxy and openssl print it. */
    private static String serial(X509Certificate certificate) {
        String hex = certificate.getSerialNumber().toString(16).toUpperCase(Locale.ROOT);
        return hex.length() % 2 == 0 ? hex : "0" + hex;
    }

    /** The fields that haproxy reports; they equal those of the file, if there is one. */
    private static void served(LoadedCertificate served, Map<String, String> results) {
        results.putIfAbsent("not-before", served.notBefore().toString());
        results.putIfAbsent("not-after", served.notAfter().toString());
        results.putIfAbsent("serial", served.serial());
        results.put("sha1", served.sha1());
    }

    /** The ends of certificates as metrics. Pure. */
    static final class CertificateMetrics {
        private static final String PATH = "/metrics/certificates";
        private static final String NAME = "livepatch_certificate_not_after_seconds";

        private CertificateMetrics() {}

        /**
         * The page that haproxy serves with this certificate.
         *
         * @param authorityEnd the end of the application's own authority; empty for a certificate of the operator, whose chain
         *     has it
         */
        static List<MetricsPage> pages(CertificateFile certificate, Optional<Instant> authorityEnd) {
            return List.of(new MetricsPage(PATH, text(ends(certificate, authorityEnd))));
        }

        /** By {@code leaf} and {@code ca}; see {@link #pages}. */
        static Map<String, Instant> ends(CertificateFile certificate, Optional<Instant> authorityEnd) {
            Map<String, Instant> ends = new LinkedHashMap<>();
            ends.put("leaf", Certificates.notAfter(certificate.leaf()));
            authorityEnd.or(() -> chainEnd(certificate)).ifPresent(end -> ends.put("ca", end));
            return ends;
        }

        /** The end of the certificate of the chain that ends first, without the server's own; empty for a chain of one. */
        static Optional<Instant> chainEnd(CertificateFile certificate) {
            return certificate.chain().stream()
                    .skip(1)
                    .map(Certificates::notAfter)
                    .min(Instant::compareTo);
        }

        static String text(Map<String, Instant> ends) {
            return ends.entrySet().stream()
                    .map(end -> line(end.getKey(), end.getValue()))
                    .collect(Collectors.joining(
                            "",
                            "# HELP " + NAME
                                    + " Unix time at which the certificate that is served, or its authority's, ends.\n# TYPE "
                                    + NAME + " gauge\n",
                            ""));
        }

        private static String line(String kind, Instant end) {
            return NAME + "{kind=\"" + kind + "\"} " + end.getEpochSecond() + "\n";
        }
    }
}
