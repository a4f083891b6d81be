package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.haproxy.AuthorityRollover.Due;
import io.livepatch.charm.haproxy.AuthorityRollover.Next;
import io.livepatch.charm.testing.CertificatePair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AuthorityRolloverTest {
    private static final X509Certificate CURRENT = CertificatePair.certificate("current", Duration.ofDays(3650));
    private static final X509Certificate NEXT = CertificatePair.certificate("next", Duration.ofDays(7300));

    private static Instant day(int day) {
        return Certificates.notBefore(CURRENT).plus(Duration.ofDays(day));
    }

    private static AuthorityRollover alone() {
        return new AuthorityRollover(CURRENT, Optional.empty());
    }

    private static AuthorityRollover both(int changeOver) {
        return new AuthorityRollover(CURRENT, Optional.of(new Next(NEXT, day(changeOver))));
    }

    @Test
    void theNextAuthorityIsMadeInTheLastYearOfTheCurrentOne() {
        assertThat(alone().due(day(3284))).isEqualTo(Due.NOTHING);
        assertThat(alone().due(day(3285))).isEqualTo(Due.PUBLISH_NEXT);
        assertThat(alone().due(day(3649))).isEqualTo(Due.PUBLISH_NEXT);
        assertThat(alone().due(day(3650)))
                .as("too late: no machine would learn it")
                .isEqualTo(Due.NOTHING);
        assertThat(both(3470).due(day(3300))).isEqualTo(Due.NOTHING);
    }

    @Test
    void certificatesChangeOverHalfAYearBeforeTheEnd() {
        assertThat(alone().regularChangeOver(day(3285))).isEqualTo(day(3470));
        assertThat(alone().regularChangeOver(day(3460)))
                .as("machines have a month")
                .isEqualTo(day(3490));
        assertThat(alone().regularChangeOver(day(3640))).isEqualTo(day(3649));
        assertThat(alone().earlyChangeOver(day(100))).isEqualTo(day(130));
        assertThat(alone().earlyChangeOver(day(3640))).isEqualTo(day(3649));
    }

    @Test
    void theNextAuthoritySignsFromTheChangeOver() {
        assertThat(alone().issuer(day(3649))).isEqualTo(CURRENT);
        assertThat(both(3470).issuer(day(3470).minusSeconds(1))).isEqualTo(CURRENT);
        assertThat(both(3470).issuer(day(3470))).isEqualTo(NEXT);
        assertThat(both(3470).all()).containsExactly(CURRENT, NEXT);
    }

    @Test
    void theCurrentAuthorityIsRetiredAtItsEndOrHalfAYearAfterAnEarlyChangeOver() {
        assertThat(both(3470).due(day(3649))).isEqualTo(Due.NOTHING);
        assertThat(both(3470).due(day(3650))).isEqualTo(Due.RETIRE_CURRENT);
        assertThat(both(3649).due(day(3650))).isEqualTo(Due.RETIRE_CURRENT);
        assertThat(both(100).due(day(279))).isEqualTo(Due.NOTHING);
        assertThat(both(100).due(day(280))).isEqualTo(Due.RETIRE_CURRENT);
    }

    @Test
    void thePhaseSaysUntilWhenMachinesHaveToRefresh() {
        assertThat(alone().phase(day(1))).isEmpty();
        assertThat(alone().phase(day(3300)))
                .hasValueSatisfying(it -> assertThat(it)
                        .startsWith("the certificate authority ends on " + CertificateLifetime.day(day(3650))));
        assertThat(both(3470).phase(day(3300)))
                .contains("a new certificate authority is published: machines that have not refreshed by "
                        + CertificateLifetime.day(day(3470)) + " must get it by hand");
        assertThat(both(3470).phase(day(3480)))
                .hasValueSatisfying(it -> assertThat(it)
                        .startsWith("the certificate authority was replaced on " + CertificateLifetime.day(day(3470)))
                        .contains("get-certificate"));
    }

    @Test
    void aSecretOfAnEarlierReleaseHasOneAuthority() {
        Map<String, String> content = Map.of("certificate", Certificates.pem(CURRENT), "key", "a");

        assertThat(AuthoritySecret.rollover(content)).contains(alone());
        assertThat(AuthoritySecret.rollover(Map.of("certificate", "damaged"))).isEmpty();
    }

    @Test
    void anIncompleteNextAuthorityIsNone() {
        Map<String, String> content = new HashMap<>(Map.of(
                "certificate",
                Certificates.pem(CURRENT),
                "next-certificate",
                Certificates.pem(NEXT),
                "change-over",
                "x"));
        assertThat(AuthoritySecret.rollover(content)).contains(alone());

        content.put("change-over", day(3470).toString());
        assertThat(AuthoritySecret.rollover(content)).contains(both(3470));
        content.put("next-certificate", "damaged");
        assertThat(AuthoritySecret.rollover(content)).contains(alone());
        assertThat(alone().all()).isEqualTo(List.of(CURRENT));
    }
}
