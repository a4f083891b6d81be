package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.testing.CertificatePair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CertificateLifetimeTest {
    private static X509Certificate year;
    private static X509Certificate month;
    private static Instant begin;

    @BeforeAll
    static void make() {
        year = CertificatePair.certificate("year", Duration.ofDays(397));
        month = CertificatePair.certificate("month", Duration.ofDays(30));
        begin = Certificates.notBefore(year);
    }

    private static Instant day(int day) {
        return begin.plus(Duration.ofDays(day));
    }

    @Test
    void aCertificateIsRenewedWithAThirdToAQuarterOfItsLifetimeLeft() {
        Instant far = day(3650);

        assertThat(CertificateLifetime.renewalDue(year, far, day(264))).isFalse();
        assertThat(CertificateLifetime.renewalDue(year, far, day(298))).isTrue();
        assertThat(CertificateLifetime.renewAt(year)).isBetween(day(264), day(298));
        assertThat(CertificateLifetime.renewAt(month)).isBetween(day(20), day(23));
    }

    @Test
    void aRenewalThatGainsNothingIsNotDue() {
        Instant end = Certificates.notAfter(year);

        assertThat(CertificateLifetime.renewalDue(year, end, day(390))).isFalse();
        assertThat(CertificateLifetime.renewalDue(year, end.plus(Duration.ofDays(20)), day(390)))
                .isTrue();
    }

    @Test
    void noCertificateOutlivesItsAuthority() {
        assertThat(CertificateLifetime.leafEnd(day(0), day(100))).isEqualTo(day(100));
        assertThat(CertificateLifetime.leafEnd(day(0), day(3650)))
                .isEqualTo(day(397).minus(CertificateLifetime.CLOCK_SKEW));
        // Made by an older version: replaced at once.
        assertThat(CertificateLifetime.renewalDue(year, day(200), day(1))).isTrue();
    }

    @Test
    void theEndOfACertificateIsAnnouncedThirtyDaysBeforeOrWithItsLastThird() {
        assertThat(CertificateLifetime.warnings(year, Optional.empty(), day(366)))
                .isEmpty();
        assertThat(CertificateLifetime.warnings(year, Optional.empty(), day(368)))
                .singleElement()
                .isEqualTo("the certificate ends on " + CertificateLifetime.day(day(397))
                        + ": set ssl-cert and ssl-key to a new pair");
        assertThat(CertificateLifetime.warnings(month, Optional.empty(), day(15)))
                .isEmpty();
        assertThat(CertificateLifetime.warnings(month, Optional.empty(), day(25)))
                .hasSize(1);
        assertThat(CertificateLifetime.warnings(month, Optional.of(day(3650)), day(25)))
                .singleElement()
                .satisfies(it -> assertThat(it).endsWith(" and has not been renewed"));
        assertThat(CertificateLifetime.warnings(month, Optional.empty(), day(31)))
                .singleElement()
                .satisfies(it -> assertThat(it).startsWith("the certificate has expired on "));
    }
}
