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
        Optional<CertificateFile> usable,
        Optional<LocalDate> renewal,
        Optional<LoadedCertificate> served,
        Optional<CertificateFile> shown,
        Optional<String> problem,
        Optional<String> timeProblem,
        List<String> warnings) {

    CertificateState {
        warnings = List.copyOf(warnings);
    }

    static CertificateState of(Unit unit, PublicEndpoint publicEndpoint, boolean answers, Instant now) {
        Optional<ProvidedCertificate> operators = ProvidedCertificate.of(unit.config());
        Optional<X509Certificate> authority = CertificateAuthority.certificate(unit)
                .flatMap(pem -> Certificates.ofPem(pem).stream().findFirst());
        Path directory = HaproxyPaths.of(unit).certificates();
        List<CertificateFile> files = CertificateFile.all(directory);
        Optional<CertificateFile> usable = operators.isPresent()
                ? operators.flatMap(pem -> installed(files, CertificateFile.path(directory, pem.pem())))
                : authority.flatMap(it -> issued(files, it, publicEndpoint, now));
        Optional<String> untimely =
                operators.isPresent() ? operators.flatMap(pem -> pem.timeProblem(now)) : expired(authority, now);
        Optional<String> problem = operators
                .flatMap(ProvidedCertificate::defect)
                .or(() -> usable.isPresent() ? Optional.empty() : untimely);
        Optional<String> timeProblem = problem.isPresent() ? Optional.empty() : untimely;
        Optional<LoadedCertificate> served =
                answers ? served(HaproxyPaths.of(unit).haproxy()) : Optional.empty();
        Optional<CertificateFile> shown = served.isEmpty()
                ? usable
                : files.stream()
                        .filter(certificateFile ->
                                certificateFile.sha1().equals(served.get().sha1()))
                        .findFirst();
        return new CertificateState(
                operators.isPresent(),
                authority.isPresent(),
                usable,
                operators.isPresent()
                        ? Optional.empty()
                        : usable.filter(certificateFile -> authority.isPresent()
                                        && timeProblem.isEmpty()
                                        && CertificateLifetime.renewalDue(
                                                certificateFile.leaf(), Certificates.notAfter(authority.get()), now))
                                .map(certificateFile ->
                                        CertificateLifetime.day(Certificates.notAfter(certificateFile.leaf()))),
                served,
                shown,
                problem,
                timeProblem,
                timeProblem.isPresent()
                        ? List.of()
                        : warnings(shown, authority, operators.filter(_ -> problem.isEmpty()), publicEndpoint, now));
    }

    private static Optional<LoadedCertificate> served(Haproxy haproxy) {
        try {
            return LoadedCertificate.all(haproxy.runtime()).stream().findFirst();
        } catch (HaproxyException.NotRunning e) {
            // It ended since it answered.
            return Optional.empty();
        }
    }

    private static Optional<CertificateFile> installed(List<CertificateFile> files, Path file) {
        return files.stream()
                .filter(certificateFile -> certificateFile.pem().equals(file))
                .findFirst();
    }

    /**
     * The one that lasts longest of those that machines accept. Machines accept none of an authority that has ended: then the one
     * that lasted longest, because haproxy must go on serving with one of them.
     */
    private static Optional<CertificateFile> issued(
            List<CertificateFile> files, X509Certificate authority, PublicEndpoint publicEndpoint, Instant now) {
        Set<String> names = Set.copyOf(publicEndpoint.subjectNames());
        boolean ended = !now.isBefore(Certificates.notAfter(authority));
        return files.stream()
                .filter(certificateFile -> Certificates.issuedBy(certificateFile.leaf(), authority)
                        && Certificates.names(certificateFile.leaf()).equals(names)
                        && (ended
                                || Certificates.notAfter(certificateFile.leaf()).isAfter(now))
                        && !Certificates.notBefore(certificateFile.leaf()).isAfter(now))
                .max(Comparator.comparing(
                                (CertificateFile certificateFile) -> Certificates.notAfter(certificateFile.leaf()))
                        .thenComparing(CertificateFile::pem));
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
            Optional<CertificateFile> shown,
            Optional<X509Certificate> authority,
            Optional<ProvidedCertificate> operators,
            PublicEndpoint publicEndpoint,
            Instant now) {
        if (shown.isEmpty()) {
            return List.of();
        }
        X509Certificate leaf = shown.get().leaf();
        List<String> warnings = new ArrayList<>(CertificateLifetime.warnings(
                leaf, authority.filter(it -> Certificates.issuedBy(leaf, it)).map(Certificates::notAfter), now));
        operators.flatMap(pem -> pem.warning(publicEndpoint)).ifPresent(warnings::add);
        operators.ifPresent(pem -> warnings.addAll(pem.chainWarnings(now)));
        return warnings;
    }

    /** What haproxy serves, if that is another one than it was given a file for. */
    Optional<LoadedCertificate> wrong() {
        return served.filter(
                it -> usable.isPresent() && !it.sha1().equals(usable.get().sha1()));
    }
}
