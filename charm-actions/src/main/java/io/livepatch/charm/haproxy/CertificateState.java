package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Unit;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.haproxy.runtime.HaproxyException;
import io.livepatch.haproxy.runtime.LoadedCertificate;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The certificates of one unit: the one that is wanted, and the one that the running haproxy has in memory, which is asked,
 * not assumed.
 *
 * @param operators whether the operator has set a certificate or a key
 * @param authorityKnown whether the application has an authority of its own
 * @param usable the wanted one, if its file is there and whole; it may be out of its time, which {@code timeProblem} says
 * @param renewal the end of the usable one, if it is time to replace it; only of the own authority
 * @param served what haproxy serves with; empty if it does not answer
 * @param shown the file that holds what is served, else the usable one
 * @param problem why there can be no wanted one; only the operator can mend it
 * @param timeProblem why clients refuse the usable one, which ended or is not valid yet; only the operator can mend it. haproxy
 *     serves it all the same, so servers and options still change
 * @param warnings what ends soon or does not fit, and what to do
 */
record CertificateState(
        boolean operators,
        boolean authorityKnown,
        Optional<Site> usable,
        Optional<LocalDate> renewal,
        Optional<LoadedCertificate> served,
        Optional<Site> shown,
        Optional<String> problem,
        Optional<String> timeProblem,
        List<String> warnings) {

    CertificateState {
        warnings = List.copyOf(warnings);
    }

    static CertificateState of(Unit unit, Frontage frontage, boolean answers, Instant now) {
        Optional<OperatorPem> operators = OperatorPem.of(unit.config());
        Optional<X509Certificate> authority = CertificateAuthority.certificate(unit)
                .flatMap(pem -> Certificates.ofPem(pem).stream().findFirst());
        Path directory = Layout.of(unit).certificates();
        List<Site> files = Site.all(directory);
        Optional<Site> usable = operators.isPresent()
                ? operators.flatMap(pem -> installed(files, Site.path(directory, pem.pem())))
                : authority.flatMap(it -> issued(files, it, frontage, now));
        Optional<String> untimely =
                operators.isPresent() ? operators.flatMap(pem -> pem.timeProblem(now)) : expired(authority, now);
        Optional<String> problem =
                operators.flatMap(OperatorPem::defect).or(() -> usable.isPresent() ? Optional.empty() : untimely);
        Optional<String> timeProblem = problem.isPresent() ? Optional.empty() : untimely;
        Optional<LoadedCertificate> served = answers ? served(Layout.of(unit).haproxy()) : Optional.empty();
        Optional<Site> shown = served.isEmpty()
                ? usable
                : files.stream()
                        .filter(site -> site.sha1().equals(served.get().sha1()))
                        .findFirst();
        return new CertificateState(
                operators.isPresent(),
                authority.isPresent(),
                usable,
                operators.isPresent()
                        ? Optional.empty()
                        : usable.filter(site -> authority.isPresent()
                                        && timeProblem.isEmpty()
                                        && CertificateLifetime.renewalDue(
                                                site.leaf(), Certificates.notAfter(authority.get()), now))
                                .map(site -> CertificateLifetime.day(Certificates.notAfter(site.leaf()))),
                served,
                shown,
                problem,
                timeProblem,
                timeProblem.isPresent()
                        ? List.of()
                        : warnings(shown, authority, operators.filter(_ -> problem.isEmpty()), frontage, now));
    }

    private static Optional<LoadedCertificate> served(Haproxy haproxy) {
        try {
            return LoadedCertificate.all(haproxy.runtime()).stream().findFirst();
        } catch (HaproxyException.NotRunning e) {
            // It ended since it answered.
            return Optional.empty();
        }
    }

    private static Optional<Site> installed(List<Site> files, Path file) {
        return files.stream().filter(site -> site.pem().equals(file)).findFirst();
    }

    /**
     * The one that lasts longest of those that machines accept. Machines accept none of an authority that has ended: then the one
     * that lasted longest, because haproxy must go on serving with one of them.
     */
    private static Optional<Site> issued(List<Site> files, X509Certificate authority, Frontage frontage, Instant now) {
        Set<String> names = Set.copyOf(frontage.subjectNames());
        boolean ended = !now.isBefore(Certificates.notAfter(authority));
        return files.stream()
                .filter(site -> Certificates.issuedBy(site.leaf(), authority)
                        && Certificates.names(site.leaf()).equals(names)
                        && (ended || Certificates.notAfter(site.leaf()).isAfter(now))
                        && !Certificates.notBefore(site.leaf()).isAfter(now))
                .max(Comparator.comparing((Site site) -> Certificates.notAfter(site.leaf()))
                        .thenComparing(Site::pem));
    }

    /** A new authority is not made by itself: every machine would have to be given it. */
    private static Optional<String> expired(Optional<X509Certificate> authority, Instant now) {
        return authority
                .map(Certificates::notAfter)
                .filter(end -> !now.isBefore(end))
                .map(end -> "the certificate authority has expired on " + CertificateLifetime.day(end)
                        + ", and machines refuse every certificate of it: give machines another CA and set ssl-cert and"
                        + " ssl-key to a pair of it (docs/running.md, Certificates)");
    }

    private static List<String> warnings(
            Optional<Site> shown,
            Optional<X509Certificate> authority,
            Optional<OperatorPem> operators,
            Frontage frontage,
            Instant now) {
        if (shown.isEmpty()) {
            return List.of();
        }
        X509Certificate leaf = shown.get().leaf();
        List<String> warnings = new ArrayList<>(CertificateLifetime.warnings(
                leaf, authority.filter(it -> Certificates.issuedBy(leaf, it)).map(Certificates::notAfter), now));
        operators.flatMap(pem -> pem.warning(frontage)).ifPresent(warnings::add);
        operators.ifPresent(pem -> warnings.addAll(pem.chainWarnings(now)));
        return warnings;
    }

    /** What haproxy serves, if that is another one than it was given a file for. */
    Optional<LoadedCertificate> wrong() {
        return served.filter(
                it -> usable.isPresent() && !it.sha1().equals(usable.get().sha1()));
    }
}
