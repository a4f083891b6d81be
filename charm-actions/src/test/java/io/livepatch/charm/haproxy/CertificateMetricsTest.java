package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.haproxy.CertificateReport.CertificateMetrics;
import io.livepatch.charm.testing.CertificatePair;
import io.livepatch.haproxy.model.LoadBalancer.MetricsPage;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CertificateMetricsTest {
    @Test
    void leafAndAuthorityAreTimesInSeconds() {
        Map<String, Instant> ends = new LinkedHashMap<>();
        ends.put("leaf", Instant.ofEpochSecond(1_800_000_000));
        ends.put("ca", Instant.ofEpochSecond(2_100_000_000));

        assertThat(CertificateMetrics.text(ends)).isEqualTo("""
                        # HELP livepatch_certificate_not_after_seconds Unix time at which the certificate that is served, or its authority's, ends.
                        # TYPE livepatch_certificate_not_after_seconds gauge
                        livepatch_certificate_not_after_seconds{kind="leaf"} 1800000000
                        livepatch_certificate_not_after_seconds{kind="ca"} 2100000000
                        """);
    }

    @Test
    void theFirstExpiryInTheOperatorsChainCounts() {
        X509Certificate leaf = CertificatePair.certificate("leaf", Duration.ofDays(10));
        X509Certificate middle = CertificatePair.certificate("middle", Duration.ofDays(20));
        X509Certificate top = CertificatePair.certificate("top", Duration.ofDays(30));
        CertificateFile chain = new CertificateFile(Path.of("/u/tls/chain.pem"), List.of(leaf, top, middle));
        CertificateFile alone = new CertificateFile(Path.of("/u/tls/leaf.pem"), List.of(leaf));

        assertThat(CertificateMetrics.chainEnd(chain)).contains(Certificates.notAfter(middle));
        assertThat(CertificateMetrics.pages(alone, Optional.empty()))
                .extracting(MetricsPage::text)
                .singleElement()
                .satisfies(text -> assertThat(text).contains("{kind=\"leaf\"}").doesNotContain("{kind=\"ca\"}"));
    }
}
