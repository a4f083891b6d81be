package io.livepatch.charm.haproxy;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The application's certificate authority and, from a year before its end, the one that follows it. Both are published until the current
 * one is retired, so that machines trust the next one before a server shows a certificate of it. Units change over by the clock. Pure.
 *
 * <pre>
 *            end - 365 days              changeOver                          end, or changeOver + 180 days
 * current only ──▶ both are published ──▶ both are published, the next signs ──▶ the next is the current one
 * </pre>
 */
record AuthorityRollover(X509Certificate current, Optional<Next> next) {
    private static final Duration PUBLISHED_BEFORE_END = Duration.ofDays(365);
    private static final Duration CHANGE_OVER_BEFORE_END = Duration.ofDays(180);
    /** The time that machines have at least to refresh, unless the current authority ends before. */
    private static final Duration MIN_PUBLICATION = Duration.ofDays(30);
    /** From the change-over; units that were stopped meanwhile are trusted until then. */
    private static final Duration RETIREMENT = Duration.ofDays(180);

    private static final Duration DAY = Duration.ofDays(1);

    /**
     * An authority that is published before it signs.
     *
     * @param changeOver when certificates of the current authority are replaced by those of this one
     */
    record Next(X509Certificate certificate, Instant changeOver) {}

    /** What the leader has to do. */
    enum Due {
        NOTHING,
        PUBLISH_NEXT,
        RETIRE_CURRENT
    }

    Due due(Instant now) {
        if (next.isPresent()) {
            return now.isBefore(retirement(next.get())) ? Due.NOTHING : Due.RETIRE_CURRENT;
        }
        // After its end no machine can learn the next one from a server that it trusts: the operator decides.
        boolean near = !now.isBefore(end().minus(PUBLISHED_BEFORE_END)) && now.isBefore(end());
        return near ? Due.PUBLISH_NEXT : Due.NOTHING;
    }

    private Instant retirement(Next following) {
        Instant late = following.changeOver().plus(RETIREMENT);
        return late.isBefore(end()) ? late : end();
    }

    private Instant end() {
        return Certificates.notAfter(current);
    }

    /** The end of the time in which the current authority can be replaced without an interruption. */
    Instant lastChangeOver() {
        return end().minus(DAY);
    }

    /** When certificates change over to an authority that is published now because the current one ends. */
    Instant regularChangeOver(Instant now) {
        Instant regular = end().minus(CHANGE_OVER_BEFORE_END);
        Instant early = earlyChangeOver(now);
        return regular.isAfter(early) ? regular : early;
    }

    /** When certificates change over to an authority that is published now because the operator replaces the current one. */
    Instant earlyChangeOver(Instant now) {
        Instant wanted = now.plus(MIN_PUBLICATION).truncatedTo(ChronoUnit.SECONDS);
        return wanted.isBefore(lastChangeOver()) ? wanted : lastChangeOver();
    }

    private Optional<Next> signing(Instant now) {
        return next.filter(it -> !now.isBefore(it.changeOver()));
    }

    /** The authority that signs certificates. */
    X509Certificate issuer(Instant now) {
        return signing(now).map(Next::certificate).orElse(current);
    }

    /** The authorities whose certificates a unit may have. */
    List<X509Certificate> all() {
        return Stream.concat(Stream.of(current), next.map(Next::certificate).stream())
                .toList();
    }

    /** The authority of a certificate; empty if it is another one. */
    Optional<X509Certificate> issuerOf(X509Certificate leaf) {
        return all().stream().filter(it -> Certificates.issuedBy(leaf, it)).findFirst();
    }

    /** For the status of units: the phase, and what machines have to do until when. */
    Optional<String> phase(Instant now) {
        if (signing(now).isPresent()) {
            return next.map(
                    it -> "the certificate authority was replaced on " + CertificateLifetime.day(it.changeOver())
                            + ": give machines that had not refreshed by then the CA of get-certificate");
        }
        return next.map(it -> "a new certificate authority is published: machines that have not refreshed by "
                        + CertificateLifetime.day(it.changeOver()) + " must get it by hand")
                .or(() -> due(now) == Due.PUBLISH_NEXT
                        ? Optional.of("the certificate authority ends on " + CertificateLifetime.day(end())
                                + ", and the leader has not made the next one yet")
                        : Optional.empty());
    }
}
