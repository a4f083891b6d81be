package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.common.file.FileTrees;
import io.livepatch.haproxy.runtime.ApplyResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Executes the steps of a {@link HaproxyPlan}. Each is idempotent. */
final class HaproxyExecutor {
    static final String SERVICE = "haproxy";
    /** Requests in flight end on their own; idle connections are closed at once. */
    private static final Duration STOP = Duration.ofSeconds(30);

    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(25);

    private final Unit unit;
    private final HaproxyPaths unitPaths;
    private final InstantSource clock;

    HaproxyExecutor(Unit unit, InstantSource clock) {
        this.unit = unit;
        this.unitPaths = HaproxyPaths.of(unit);
        this.clock = clock;
    }

    void makeAuthority() {
        CertificateAuthority.make(unit, clock.instant());
    }

    void issueCertificate(List<String> names) {
        install(CertificateAuthority.issue(unit, names, clock.instant()));
    }

    void installProvidedCertificate() {
        install(ProvidedCertificate.of(unit.config()).orElseThrow().pem());
    }

    void publish() {
        unit.relations("reverseproxy")
                .forEach(relation -> relation.publish(ObservedState.publication(PublicEndpoint.of(unit))));
    }

    private void install(String pem) {
        PrivateFile.directory(unitPaths.certificates(), "rwx------");
        // An earlier version, if it was killed while it signed, left the key of the authority there.
        FileTrees.delete(unitPaths.certificates().resolve("work"));
        PrivateFile.write(CertificateFile.path(unitPaths.certificates(), pem), pem);
    }

    void renewCertificate(List<String> names, LocalDate end) {
        try {
            issueCertificate(names);
        } catch (CharmException | UncheckedIOException e) {
            throw new CharmException(
                    "the certificate, which ends on " + end + ", could not be renewed, and it is tried again: "
                            + e.getMessage(),
                    e);
        }
    }

    /** By a reload without a lost request. A certificate that is set by the socket would be gone after the next one. */
    void reloadCertificate() {
        ObservedState observedState = ObservedState.of(unit, clock);
        CertificateFile certificateFile = wanted(observedState);
        ApplyResult applied = unitPaths
                .haproxy()
                .reload(ObservedState.balancer(
                        unit, observedState.frontage(), certificateFile, observedState.servers()));
        if (applied instanceof ApplyResult.Refused(List<String> problems)) {
            throw new CharmException("haproxy cannot load the certificate: " + String.join("; ", problems));
        }
        ObservedState.of(unit, clock).certificates().wrong().ifPresent(served -> {
            throw new CharmException("haproxy still serves certificate " + served.sha1() + " of '" + served.file()
                    + "' after a reload, instead of " + certificateFile.sha1() + " of '" + certificateFile.pem() + "'");
        });
        unit.log("certificate " + certificateFile.sha1() + ": " + applied);
    }

    private static CertificateFile wanted(ObservedState observedState) {
        return observedState.certificates().usable().orElseThrow(() -> new CharmException("the certificate is gone"));
    }

    void applyConfiguration() {
        ObservedState observedState = ObservedState.of(unit, clock);
        CertificateFile certificateFile = wanted(observedState);
        ApplyResult applied = unitPaths
                .haproxy()
                .apply(ObservedState.balancer(
                        unit, observedState.frontage(), certificateFile, observedState.servers()));
        if (applied instanceof ApplyResult.Refused(List<String> problems)) {
            // After a restart of the machine the last good configuration runs again; a unit that never ran has none.
            if (observedState.service().isEmpty() && observedState.startable()) {
                start();
            }
            boolean runs = unit.services().state(SERVICE).isPresent();
            throw new CharmException.Blocked((runs ? "the configuration is refused, what runs keeps running: " : "")
                    + String.join("; ", problems));
        }
        unit.log("configuration: " + applied);
        unit.openPorts(observedState.frontage().ports());
        discardOthers(certificateFile.pem());
    }

    /** Keys that nothing refers to any more do not stay on disk; the one before may still be the last good one. */
    private void discardOthers(Path current) {
        try (Stream<Path> files = Files.list(unitPaths.certificates())) {
            Instant recent = clock.instant().minus(Duration.ofHours(1));
            for (Path file :
                    files.filter(it -> !it.equals(current) && isSite(it)).toList()) {
                if (Files.isRegularFile(file)
                        && Files.getLastModifiedTime(file).toInstant().isBefore(recent)) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tidy '" + unitPaths.certificates() + "'", e);
        }
    }

    /** Finished ones, and those that were cut short while they were written. */
    private static boolean isSite(Path file) {
        return String.valueOf(file.getFileName()).matches("\\.?site-.*");
    }

    void start() {
        PrivateFile.directory(unitPaths.directory().resolve("log"), "rwx------");
        PrivateFile.directory(unitPaths.runtime(), "rwx------");
        unit.services().ensure(service());
        unit.openPorts(PublicEndpoint.of(unit).ports());
        unit.setVersion(version());
        awaitAnswer();
    }

    private ServiceSpec service() {
        return new ServiceSpec(
                SERVICE,
                unitPaths.haproxy().command(),
                Map.of(),
                unitPaths.directory(),
                unitPaths.log(),
                Optional.empty(),
                new ServiceSpec.Stop("USR1", STOP),
                "KILL",
                Optional.empty(),
                Optional.of(live()),
                Optional.empty(),
                "");
    }

    /**
     * Master and worker freeze apart from each other: the master answers {@code show proc} itself, and passes {@code @1} on to the
     * worker that serves. The worker takes these commands from an inherited pair of sockets, which {@code maxconn} does not limit.
     * The port of the metrics is not asked: clients that exhaust {@code maxconn} could make it silent, and have a busy haproxy
     * killed.
     */
    private ServiceSpec.Live live() {
        return ServiceSpec.Live.of(
                new ServiceSpec.Live.Probe(unitPaths.masterSocket(), "show proc"),
                new ServiceSpec.Live.Probe(unitPaths.masterSocket(), "@1 show version"));
    }

    /** It answers within milliseconds or not at all; the plan then sees which. */
    private void awaitAnswer() {
        Instant until = clock.instant().plus(ANSWERS_WITHIN);
        while (!unitPaths.haproxy().running() && clock.instant().isBefore(until)) {
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CharmException("interrupted while haproxy started", e);
            }
        }
    }

    private String version() {
        String said =
                ExternalProgram.of(unitPaths.binary().toString(), "-v").run().stdout();
        return said.replaceAll("(?s).*version ([0-9.]+).*", "$1");
    }
}
