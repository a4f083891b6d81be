package io.livepatch.charm.haproxy;

import io.livepatch.haproxy.model.LoadBalancer.MetricsPage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** When certificates end, for Prometheus. Pure. */
final class CertificateMetrics {
    private static final String PATH = "/metrics/certificates";
    private static final String NAME = "livepatch_certificate_not_after_seconds";

    private CertificateMetrics() {}

    /**
     * The page that haproxy shows while it serves this certificate.
     *
     * @param authorityEnd of the own authority; for the operator's, the chain tells
     */
    static List<MetricsPage> pages(CertificateFile certificateFile, Optional<Instant> authorityEnd) {
        return List.of(new MetricsPage(
                PATH,
                text(Certificates.notAfter(certificateFile.leaf()), authorityEnd.or(() -> chainEnd(certificateFile)))));
    }

    /** The end of the certificate of the chain that ends first, the server's own left out; empty if it stands alone. */
    static Optional<Instant> chainEnd(CertificateFile certificateFile) {
        return certificateFile.chain().stream()
                .skip(1)
                .map(Certificates::notAfter)
                .min(Instant::compareTo);
    }

    static String text(Instant leafEnd, Optional<Instant> authorityEnd) {
        return "# HELP " + NAME + " Unix time at which the certificate that is served, or its authority's, ends.\n"
                + "# TYPE " + NAME + " gauge\n"
                + line("leaf", leafEnd)
                + authorityEnd.map(end -> line("ca", end)).orElse("");
    }

    private static String line(String kind, Instant end) {
        return NAME + "{kind=\"" + kind + "\"} " + end.getEpochSecond() + "\n";
    }
}
