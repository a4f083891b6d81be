package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.haproxy.AuthorityRollover.Due;
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
 * The certificates of one unit: the desired one, and the one that the running haproxy reports.
 *
 * @param provided whether the operator has set a certificate or a key
 * @param authority of the application itself
 * @param authorityDue what the leader has to do with it; nothing while the operator's certificate is set
 * @param usable the desired one, if its file exists and is intact; it may be outside its validity, see {@code timeProblem}
 * @param renewal the end of the usable one, if it is time to replace it; only of the own authority
 * @param served the certificate that haproxy serves; empty if haproxy does not answer
 * @param displayed the file with the served certificate, else the usable one
 * @param problem why there is no desired one; needs the operator
 * @param timeProblem why clients refuse the usable one: it has expired or is not valid yet. Needs the operator. haproxy serves
 *     it nevertheless, so changes of servers and options still apply
 * @param warnings what expires soon or does not match the host name, and what to do
 */
record CertificateState(
        boolean provided,
        Optional<AuthorityRollover> authority,
        Due authorityDue,
        Optional<CertificateFile> usable,
        Optional<LocalDate> renewal,
        Optional<LoadedCertificate> served,
        Optional<CertificateFile> displayed,
        Optional<String> problem,
        Optional<String> timeProblem,
        List<String> warnings) {

    CertificateState {
        warnings = List.copyOf(warnings);
    }

    static CertificateState of(Unit unit, PublicEndpoint endpoint, boolean answers, Instant now) {
        Optional<ProvidedCertificate> provided = ProvidedCertificate.of(unit.config());
        Optional<AuthorityRollover> authority = new AuthoritySecret(unit).rollover();
        Optional<X509Certificate> issuer = authority.map(it -> it.issuer(now));
        Path directory = HaproxyPaths.of(unit).certificates();
        List<CertificateFile> files = CertificateFile.all(directory);
        Optional<CertificateFile> usable = provided.isPresent()
                ? provided.flatMap(pem -> installed(files, CertificateFile.path(directory, pem.pem())))
                : authority.flatMap(it -> issued(files, it, endpoint, now));
        Optional<String> outsideValidity =
                provided.isPresent() ? provided.flatMap(pem -> pem.timeProblem(now)) : expired(issuer, now);
        Optional<String> problem = provided.flatMap(ProvidedCertificate::defect)
                .or(() -> usable.isPresent() ? Optional.empty() : outsideValidity);
        Optional<String> timeProblem = problem.isPresent() ? Optional.empty() : outsideValidity;
        Optional<LoadedCertificate> served =
                answers ? served(HaproxyPaths.of(unit).haproxy()) : Optional.empty();
        Optional<CertificateFile> displayed = served.isEmpty()
                ? usable
                : files.stream()
                        .filter(certificate ->
                                certificate.sha1().equals(served.get().sha1()))
                        .findFirst();
        return new CertificateState(
                provided.isPresent(),
                authority,
                provided.isPresent()
                        ? Due.NOTHING
                        : authority.map(it -> it.due(now)).orElse(Due.NOTHING),
                usable,
                provided.isPresent()
                        ? Optional.empty()
                        : usable.filter(certificate -> issuer.isPresent()
                                        && timeProblem.isEmpty()
                                        && replaced(certificate.leaf(), issuer.get(), now))
                                .map(certificate -> CertificateLifetime.day(Certificates.notAfter(certificate.leaf()))),
                served,
                displayed,
                problem,
                timeProblem,
                timeProblem.isPresent()
                        ? List.of()
                        : warnings(displayed, authority, provided.filter(_ -> problem.isEmpty()), endpoint, now));
    }

    private static Optional<LoadedCertificate> served(Haproxy haproxy) {
        try {
            return LoadedCertificate.all(haproxy.runtime()).stream().findFirst();
        } catch (HaproxyException.NotRunning e) {
            // haproxy ended after it had answered.
            return Optional.empty();
        }
    }

    private static Optional<CertificateFile> installed(List<CertificateFile> files, Path file) {
        return files.stream()
                .filter(certificate -> certificate.pem().equals(file))
                .findFirst();
    }

    /**
     * The certificate with the latest end that machines accept, if possible of the authority that signs now. If that authority has
     * expired, machines accept none; then the one with the latest end, because haproxy must keep serving.
     */
    private static Optional<CertificateFile> issued(
            List<CertificateFile> files, AuthorityRollover authority, PublicEndpoint endpoint, Instant now) {
        Set<String> names = Set.copyOf(endpoint.subjectNames());
        X509Certificate issuer = authority.issuer(now);
        boolean ended = !now.isBefore(Certificates.notAfter(issuer));
        return files.stream()
                .filter(certificate -> authority.issuerOf(certificate.leaf()).isPresent()
                        && Certificates.names(certificate.leaf()).equals(names)
                        && (ended || Certificates.notAfter(certificate.leaf()).isAfter(now))
                        && !Certificates.notBefore(certificate.leaf()).isAfter(now))
                .max(Comparator.comparing(
                                (CertificateFile certificate) -> Certificates.issuedBy(certificate.leaf(), issuer))
                        .thenComparing(certificate -> Certificates.notAfter(certificate.leaf()))
                        .thenComparing(CertificateFile::pem));
    }

    private static boolean replaced(X509Certificate leaf, X509Certificate issuer, Instant now) {
        return !Certificates.issuedBy(leaf, issuer)
                || CertificateLifetime.renewalDue(leaf, Certificates.notAfter(issuer), now);
    }

    /** A new authority is not created automatically, because every machine would need it. */
    private static Optional<String> expired(Optional<X509Certificate> issuer, Instant now) {
        return issuer.map(Certificates::notAfter)
                .filter(end -> !now.isBefore(end))
                .map(end -> "the certificate authority has expired on " + CertificateLifetime.day(end)
                        + ", and machines refuse every certificate of it: run the action rotate-certificate-authority, then"
                        + " give every machine the CA of get-certificate (docs/running.md, Certificates)");
    }

    private static List<String> warnings(
            Optional<CertificateFile> displayed,
            Optional<AuthorityRollover> authority,
            Optional<ProvidedCertificate> provided,
            PublicEndpoint endpoint,
            Instant now) {
        if (displayed.isEmpty()) {
            return List.of();
        }
        X509Certificate leaf = displayed.get().leaf();
        List<String> warnings = new ArrayList<>(CertificateLifetime.warnings(
                leaf, authority.flatMap(it -> it.issuerOf(leaf)).map(Certificates::notAfter), now));
        if (provided.isEmpty()) {
            authority.flatMap(it -> it.phase(now)).ifPresent(warnings::add);
        }
        provided.flatMap(pem -> pem.warning(endpoint)).ifPresent(warnings::add);
        provided.ifPresent(pem -> warnings.addAll(pem.chainWarnings(now)));
        return warnings;
    }

    /** The certificate that haproxy serves, if it is not the one in the usable file. */
    Optional<LoadedCertificate> mismatch() {
        return served.filter(
                it -> usable.isPresent() && !it.sha1().equals(usable.get().sha1()));
    }
}
