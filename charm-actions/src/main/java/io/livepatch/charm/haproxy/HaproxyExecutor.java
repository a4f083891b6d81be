package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceCheck.Probe;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.ServiceLog;
import io.livepatch.charm.exec.Trial;
import io.livepatch.common.file.FileTrees;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.render.HaproxyConfig;
import io.livepatch.haproxy.runtime.ApplyResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Executes the steps of a {@link HaproxyPlan}. Each is idempotent. */
final class HaproxyExecutor {
    static final String SERVICE = "haproxy";
    /** Requests in flight end on their own; idle connections are closed at once. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(5);
    /** A missing socket counts as an answer, so only a process that freezes during its start exceeds this. */
    private static final Duration LIVE_START_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration LOG_TIMEOUT = Duration.ofSeconds(1);

    private static final Duration POLL = Duration.ofMillis(25);

    private final Unit unit;
    private final HaproxyPaths paths;
    private final InstantSource clock;

    HaproxyExecutor(Unit unit, InstantSource clock) {
        this.unit = unit;
        this.paths = HaproxyPaths.of(unit);
        this.clock = clock;
    }

    void makeAuthority() {
        new AuthoritySecret(unit).make(clock.instant());
    }

    void makeNextAuthority() {
        AuthoritySecret secret = new AuthoritySecret(unit);
        Instant now = clock.instant();
        secret.makeNext(secret.rollover().orElseThrow().regularChangeOver(now), now);
    }

    void retireAuthority() {
        new AuthoritySecret(unit).retireCurrent();
    }

    void issueCertificate(List<String> names) {
        install(new AuthoritySecret(unit).issue(names, clock.instant()));
    }

    void installProvidedCertificate() {
        install(ProvidedCertificate.of(unit.config()).orElseThrow().pem());
    }

    void publish(Map<String, String> entries) {
        unit.relations("reverseproxy").forEach(relation -> relation.publish(entries));
    }

    void publishTrust(TrustBundle bundle) {
        unit.relations("reverseproxy").forEach(relation -> relation.publishForApplication(bundle.entries()));
    }

    void withdraw() {
        unit.relations("reverseproxy").forEach(relation -> {
            Map<String, String> none = new HashMap<>(relation.unitBag());
            none.replaceAll((_, _) -> "");
            relation.publish(none);
        });
    }

    /** Keeps new requests from these servers until the next configuration is applied. */
    void drain(List<Server.Ref> servers) {
        servers.forEach(server -> paths.haproxy().runtime().setState(server, Server.State.DRAIN));
    }

    void stop() {
        unit.services().stop(SERVICE);
    }

    private void install(String pem) {
        PrivateFile.directory(paths.certificates(), "rwx------");
        // An earlier version left the authority's key there if it was killed while it signed.
        FileTrees.delete(paths.certificates().resolve("work"));
        PrivateFile.write(CertificateFile.path(paths.certificates(), pem), pem);
    }

    void renewCertificate(List<String> names, LocalDate end) {
        try {
            issueCertificate(names);
        } catch (CharmException | UncheckedIOException e) {
            throw new CharmException(
                    "the certificate, which ends on " + end + ", could not be renewed; the charm retries: "
                            + e.getMessage(),
                    e);
        }
    }

    /** Reloads without a lost request. A certificate set through the socket would be lost at the next reload. */
    void reloadCertificate() {
        ObservedState state = ObservedState.of(unit, clock);
        CertificateFile certificate = wanted(state);
        ApplyResult applied = paths.haproxy().reload(balancer(state, certificate));
        if (applied instanceof ApplyResult.Refused(List<String> problems)) {
            throw new CharmException("haproxy cannot load the certificate: " + String.join("; ", problems));
        }
        ObservedState.of(unit, clock).certificates().mismatch().ifPresent(served -> {
            throw new CharmException("haproxy still serves certificate " + served.sha1() + " of '" + served.file()
                    + "' after a reload, instead of " + certificate.sha1() + " of '" + certificate.pem() + "'");
        });
        unit.log("certificate " + certificate.sha1() + ": " + applied);
    }

    private static CertificateFile wanted(ObservedState state) {
        return state.certificates()
                .usable()
                .orElseThrow(() -> new CharmException("the certificate's file no longer exists"));
    }

    private LoadBalancer balancer(ObservedState state, CertificateFile certificate) {
        return ObservedState.balancer(unit, state.endpoint(), certificate, state.servers(), clock.instant());
    }

    void applyConfiguration() {
        ObservedState state = ObservedState.of(unit, clock);
        CertificateFile certificate = wanted(state);
        LoadBalancer wanted = balancer(state, certificate);
        long logEnd = ServiceLog.end(paths.log());
        ApplyResult applied = paths.haproxy().apply(wanted);
        if (applied instanceof ApplyResult.Refused(List<String> problems)) {
            String reason = alert(logEnd).orElseGet(() -> String.join("; ", problems));
            refuse(wanted, reason);
            throw new CharmException.Blocked("configuration refused: " + reason);
        }
        if (applied instanceof ApplyResult.Written) {
            startAgain();
        }
        unit.log("configuration: " + applied);
        unit.openPorts(state.endpoint().ports());
        deleteOldCertificates(certificate.pem());
    }

    /** The alert of a worker that could not be started, which reaches the log a moment after haproxy's answer. */
    private Optional<String> alert(long logEnd) {
        Instant until = clock.instant().plus(LOG_TIMEOUT);
        Optional<String> alert = ObservedState.alert(paths, logEnd);
        while (alert.isEmpty() && paths.haproxy().running() && clock.instant().isBefore(until)) {
            pause();
            alert = ObservedState.alert(paths, logEnd);
        }
        return alert;
    }

    void refuse(String reason) {
        ObservedState state = ObservedState.of(unit, clock);
        refuse(balancer(state, wanted(state)), reason);
    }

    private void refuse(LoadBalancer balancer, String reason) {
        Trial.of(unit)
                .refused(ObservedState.withoutServers(HaproxyConfig.render(balancer)), reason)
                .save(unit);
    }

    void restoreLastGood() {
        paths.haproxy().restoreLastGood();
        startAgain();
    }

    /** Starts a haproxy that has ended with the file, without its pause. One that hangs is left to its liveness check. */
    private void startAgain() {
        beginTrial();
        if (unit.services()
                .state(SERVICE)
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .isPresent()) {
            unit.services().restart(SERVICE);
        }
    }

    /** The file is on trial from now on, unless haproxy has run with it. */
    private void beginTrial() {
        Trial trial = Trial.of(unit);
        String text = PrivateFile.read(paths.configuration()).orElse("");
        (paths.haproxy().fileIsProven()
                        ? trial.ended()
                        : trial.begun(ObservedState.withoutServers(text), clock.instant(), ServiceLog.end(paths.log())))
                .save(unit);
    }

    /** haproxy runs with it already, so nothing is changed. */
    void keepAsLastGood() {
        ObservedState state = ObservedState.of(unit, clock);
        var _ = paths.haproxy().apply(balancer(state, wanted(state)));
        Trial.of(unit).ended().save(unit);
    }

    /** Deletes old keys from the disk, but not recent ones, which the last good configuration may use. */
    private void deleteOldCertificates(Path current) {
        try (Stream<Path> files = Files.list(paths.certificates())) {
            Instant recent = clock.instant().minus(Duration.ofHours(1));
            for (Path file :
                    files.filter(it -> !it.equals(current) && isSite(it)).toList()) {
                if (Files.isRegularFile(file)
                        && Files.getLastModifiedTime(file).toInstant().isBefore(recent)) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete old certificates in '" + paths.certificates() + "'", e);
        }
    }

    /** Certificate files, complete or left over from an interrupted write. */
    private static boolean isSite(Path file) {
        return String.valueOf(file.getFileName()).matches("\\.?site-.*");
    }

    /** Starts haproxy, or gives a running one the current spec. */
    void start() {
        PrivateFile.directory(paths.directory().resolve("log"), "rwx------");
        PrivateFile.directory(paths.runtime(), "rwx------");
        paths.sandbox().ifPresent(sandbox -> PrivateFile.directory(sandbox.directory(), "--x------"));
        beginTrial();
        unit.services().ensure(service());
        unit.openPorts(PublicEndpoint.of(unit).ports());
        unit.setVersion(version());
        awaitAnswer();
    }

    private ServiceSpec service() {
        return ServiceSpec.of(SERVICE, paths.directory(), paths.haproxy().command())
                .log(paths.log())
                .stop("USR1", STOP_TIMEOUT)
                .live(live())
                .reservedPorts(paths.haproxy().listening())
                .build();
    }

    /**
     * Master and worker can freeze independently: the master answers {@code show proc} itself and forwards {@code @1} to the
     * current worker, over a socket pair that {@code maxconn} does not limit. The metrics port is not probed: with {@code maxconn}
     * exhausted it does not answer, and a busy haproxy would be killed.
     */
    private ServiceCheck live() {
        return ServiceCheck.live(Probe.Responsive.of(
                        new Probe.Socket(paths.masterSocket(), "show proc"),
                        new Probe.Socket(paths.masterSocket(), "@1 show version")))
                .withStartTimeout(LIVE_START_TIMEOUT);
    }

    /** Waits until haproxy answers, at most {@link #START_TIMEOUT}; the next plan observes the result. */
    private void awaitAnswer() {
        Instant until = clock.instant().plus(START_TIMEOUT);
        while (!paths.haproxy().running() && clock.instant().isBefore(until)) {
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CharmException("interrupted while haproxy started", e);
        }
    }

    private String version() {
        String output =
                ExternalProgram.of(paths.binary().toString(), "-v").run().stdout();
        return output.replaceAll("(?s).*version ([0-9.]+).*", "$1");
    }
}
