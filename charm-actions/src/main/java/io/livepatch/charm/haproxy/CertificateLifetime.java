package io.livepatch.charm.haproxy;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The lifetime of certificates: validity, renewal, and warnings before the end. Pure. */
final class CertificateLifetime {
    static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
    /** The longest validity that browsers accept. */
    static final Duration LEAF_LIFETIME = Duration.ofDays(397);
    /** Certificates become valid in the past, so that a machine whose clock is slow accepts a new one. */
    static final Duration CLOCK_SKEW = Duration.ofHours(1);

    private static final Duration LEAF_WARNING = Duration.ofDays(30);
    private static final Duration MIN_GAIN = Duration.ofDays(1);

    private CertificateLifetime() {}

    /** The end of a certificate that is issued now: not after the end of its authority, because machines would refuse it. */
    static Instant leafEnd(Instant now, Instant authorityEnd) {
        Instant defaults = now.minus(CLOCK_SKEW).plus(LEAF_LIFETIME);
        return defaults.isBefore(authorityEnd) ? defaults : authorityEnd;
    }

    /**
     * Whether a certificate of the own authority has to be replaced: its last third has begun, or it would outlive its
     * authority; and a new one would be valid for at least a day longer, or end in time.
     */
    static boolean renewalDue(X509Certificate leaf, Instant authorityEnd, Instant now) {
        Instant end = Certificates.notAfter(leaf);
        boolean gains = leafEnd(now, authorityEnd).isAfter(end.plus(MIN_GAIN));
        return end.isAfter(authorityEnd) || (gains && !now.isBefore(renewAt(leaf)));
    }

    /**
     * Between a third and a quarter of the lifetime before the end: 132 to 99 days for 397. Units that were made together are
     * spread over these days by their serial numbers, so that they do not all change at once.
     */
    static Instant renewAt(X509Certificate leaf) {
        Instant begin = Certificates.notBefore(leaf);
        Duration lifetime = Duration.between(begin, Certificates.notAfter(leaf));
        int spread = leaf.getSerialNumber().byteValue() & 0xff;
        return begin.plus(lifetime.multipliedBy(2).dividedBy(3))
                .plus(lifetime.dividedBy(12).multipliedBy(spread).dividedBy(256));
    }

    /** That a certificate ends soon; one that ends with its own authority is replaced together with it. */
    static List<String> warnings(X509Certificate leaf, Optional<Instant> ownAuthorityEnd, Instant now) {
        List<String> warnings = new ArrayList<>();
        Instant end = Certificates.notAfter(leaf);
        Duration third = Duration.between(Certificates.notBefore(leaf), end).dividedBy(3);
        Duration early = third.compareTo(LEAF_WARNING) < 0 ? third : LEAF_WARNING;
        if (now.isAfter(end.minus(early)) && !ownAuthorityEnd.equals(Optional.of(end))) {
            warnings.add((now.isBefore(end) ? "the certificate ends on " : "the certificate has expired on ")
                    + day(end)
                    + (ownAuthorityEnd.isPresent()
                            ? " and has not been renewed"
                            : ": set ssl-cert and ssl-key to a new pair"));
        }
        return warnings;
    }

    static LocalDate day(Instant instant) {
        return instant.atZone(ZoneOffset.UTC).toLocalDate();
    }
}
