package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.exec.Trial.Verdict;
import io.livepatch.charm.haproxy.AuthorityRollover.Due;
import io.livepatch.charm.testing.CertificatePair;
import io.livepatch.charm.testing.SingleProcess;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.runtime.LoadedCertificate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HaproxyPlanTest {
    private static final PublicEndpoint FRONTAGE =
            new PublicEndpoint("127.0.10.3", Optional.of("lp.example.com"), 8443, 8080);
    private static final String NAMES = "DNS:lp.example.com, IP:127.0.10.3, IP:127.0.0.1, DNS:localhost";
    private static final Instant NOW = Instant.parse("2026-12-01T00:00:00Z");

    private static final CertificateFile SITE = new CertificateFile(
            Path.of("/u/tls/site-1.pem"), List.of(CertificatePair.certificate("leaf", Duration.ofDays(397))));

    private static final AuthorityRollover AUTHORITY =
            new AuthorityRollover(CertificatePair.certificate("ca", Duration.ofDays(3650)), Optional.empty());

    private static final Set<InetSocketAddress> LISTENING =
            Set.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.10.3"), 8443));

    private static final Optional<ServiceState> RUNS = Optional.of(running(LISTENING));

    private static ServiceState running(Set<InetSocketAddress> reservedPorts) {
        return new ServiceState(
                "haproxy",
                ServiceState.Phase.READY,
                "",
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1,
                1,
                true,
                reservedPorts);
    }

    private static boolean proven = true;
    private static Verdict verdict = new Verdict.Pending();
    private static Optional<Trial.Report> report = Optional.empty();

    @AfterEach
    void forget() {
        proven = true;
        verdict = new Verdict.Pending();
        report = Optional.empty();
    }

    private static CertificateState certificates(boolean authority, Optional<CertificateFile> usable) {
        return certificates(authority, usable, Due.NOTHING);
    }

    private static CertificateState certificates(boolean authority, Optional<CertificateFile> usable, Due due) {
        return new CertificateState(
                false,
                Optional.of(AUTHORITY).filter(_ -> authority),
                due,
                usable,
                Optional.empty(),
                Optional.empty(),
                usable,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private static CertificateState served(
            String sha1, Optional<LocalDate> renewal, Optional<String> timeProblem, String... warnings) {
        LoadedCertificate loaded = new LoadedCertificate(Path.of("/u/tls/site-1.pem"), "01", NOW, NOW, sha1);
        return new CertificateState(
                false,
                Optional.of(AUTHORITY),
                Due.NOTHING,
                Optional.of(SITE),
                renewal,
                Optional.of(loaded),
                Optional.of(SITE),
                Optional.empty(),
                timeProblem,
                List.of(warnings));
    }

    private static ObservedState state(
            CertificateState certificates,
            List<Server> servers,
            boolean written,
            Optional<ServiceState> service,
            Optional<String> obstacle) {
        return state(
                certificates,
                servers,
                written,
                service,
                obstacle,
                Set.of(LivepatchRouting.CHECK_INS, LivepatchRouting.DOWNLOADS));
    }

    private static ObservedState state(
            CertificateState certificates,
            List<Server> servers,
            boolean written,
            Optional<ServiceState> service,
            Optional<String> obstacle,
            Set<String> serving) {
        return state(
                certificates,
                servers,
                written,
                service,
                obstacle,
                serving,
                new Drains.Progress(Drains.NONE, List.of()),
                written ? Map.of() : Map.of("url", FRONTAGE.url()));
    }

    private static ObservedState state(
            CertificateState certificates,
            List<Server> servers,
            boolean written,
            Optional<ServiceState> service,
            Optional<String> obstacle,
            Set<String> serving,
            Drains.Progress drains,
            Map<String, String> unpublished) {
        return new ObservedState(
                true,
                true,
                FRONTAGE,
                certificates,
                true,
                servers,
                written,
                proven,
                verdict,
                report,
                true,
                LISTENING,
                service,
                service.isPresent(),
                serving,
                drains,
                unpublished,
                Optional.empty(),
                obstacle);
    }

    private static ObservedState withDue(Due due, boolean leader) {
        ObservedState state = state(
                certificates(true, Optional.of(SITE), due),
                List.of(Server.of("livepatch/0", "127.0.10.1", 8080)),
                true,
                RUNS,
                Optional.empty());
        return new ObservedState(
                state.installed(),
                leader,
                state.endpoint(),
                state.certificates(),
                state.related(),
                state.servers(),
                state.written(),
                state.proven(),
                state.verdict(),
                state.report(),
                state.startable(),
                state.listening(),
                state.service(),
                state.answers(),
                state.serving(),
                state.drains(),
                state.unpublished(),
                leader ? Optional.of(new TrustBundle(AUTHORITY.all())) : Optional.empty(),
                state.obstacle());
    }

    @Test
    void theLeaderReplacesTheAuthorityAndPublishesIt() {
        assertThat(steps(HaproxyPlan.of(withDue(Due.PUBLISH_NEXT, true))))
                .containsExactly(
                        "make the certificate authority that follows the current one",
                        "publish the CA certificates to the reverseproxy relation");
        assertThat(steps(HaproxyPlan.of(withDue(Due.RETIRE_CURRENT, true))))
                .containsExactly(
                        "retire the certificate authority that was replaced",
                        "publish the CA certificates to the reverseproxy relation");
        assertThat(steps(HaproxyPlan.of(withDue(Due.PUBLISH_NEXT, false)))).isEmpty();
        assertThat(steps(HaproxyPlan.of(withDue(Due.RETIRE_CURRENT, false)))).isEmpty();
    }

    private static List<String> steps(Plan<HaproxyExecutor> plan) {
        return plan.steps().stream().map(Plan.Step::text).toList();
    }

    @Test
    void beginsWithAnAuthorityAndACertificate() {
        assertThat(steps(HaproxyPlan.of(state(
                        certificates(false, Optional.empty()), List.of(), false, Optional.empty(), Optional.empty()))))
                .containsExactly("make a private certificate authority");
        assertThat(steps(HaproxyPlan.of(state(
                        certificates(true, Optional.empty()), List.of(), false, Optional.empty(), Optional.empty()))))
                .containsExactly("issue a certificate for " + NAMES);
    }

    @Test
    void keepsThePortsOfTheWrittenConfigurationWithoutARestart() {
        Optional<ServiceState> other = Optional.of(running(Set.of()));

        assertThat(steps(HaproxyPlan.of(
                        state(certificates(true, Optional.of(SITE)), List.of(), true, other, Optional.empty()))))
                .containsExactly("keep haproxy's ports from other users");
        assertThat(steps(HaproxyPlan.of(
                        state(certificates(true, Optional.of(SITE)), List.of(), true, RUNS, Optional.empty()))))
                .isEmpty();
    }

    @Test
    void startsAndPublishesItsAddress() {
        assertThat(steps(HaproxyPlan.of(state(
                        certificates(true, Optional.of(SITE)), List.of(), false, Optional.empty(), Optional.empty()))))
                .containsExactly(
                        "apply a configuration with no server",
                        "start haproxy at https://lp.example.com:8443",
                        "publish https://lp.example.com:8443");
    }

    @Test
    void reportsWhichRequestsNoUnitCanServe() {
        assertThat(statusWith(Set.of(LivepatchRouting.DOWNLOADS)))
                .isEqualTo(
                        UnitStatus.waiting("No unit can take check-ins, downloads go on; the units' status says why"));
        assertThat(statusWith(Set.of(LivepatchRouting.CHECK_INS)))
                .isEqualTo(UnitStatus.waiting("No unit can send patches, check-ins go on; the units' status says why"));
        assertThat(statusWith(Set.of())).isEqualTo(UnitStatus.waiting("Waiting for a server to be ready"));
    }

    private static UnitStatus statusWith(Set<String> serving) {
        return HaproxyPlan.of(state(
                        certificates(true, Optional.of(SITE)),
                        List.of(Server.of("livepatch/0", "127.0.10.1", 8080)),
                        true,
                        RUNS,
                        Optional.empty(),
                        serving))
                .status();
    }

    @Test
    void isActiveWithAServerAndWaitsWithoutOne() {
        Server server = Server.of("livepatch/0", "127.0.10.1", 8080);

        assertThat(HaproxyPlan.of(
                        state(certificates(true, Optional.of(SITE)), List.of(server), true, RUNS, Optional.empty())))
                .isEqualTo(Plan.nothing(UnitStatus.active("Unit is ready")));
        assertThat(HaproxyPlan.of(
                        state(certificates(true, Optional.of(SITE)), List.of(), true, RUNS, Optional.empty())))
                .isEqualTo(Plan.nothing(UnitStatus.waiting("Waiting for a server to be ready")));
    }

    @Test
    void aConfigurationThatHaproxyCannotStartWithIsReplacedByTheLastGoodOne() {
        CertificateState usable = certificates(true, Optional.of(SITE));
        proven = false;
        assertThat(steps(HaproxyPlan.of(state(usable, List.of(), true, RUNS, Optional.empty()))))
                .containsExactly("keep haproxy.cfg as the last good one");
        verdict = new Verdict.Refused("port in use");
        assertThat(steps(HaproxyPlan.of(state(usable, List.of(), true, RUNS, Optional.empty()))))
                .containsExactly("go back to the last good configuration: port in use");

        verdict = new Verdict.Pending();
        report = Optional.of(new Trial.Report("configuration refused (https-port): port in use", "change it"));
        assertThat(steps(HaproxyPlan.of(state(usable, List.of(), true, RUNS, Optional.empty()))))
                .containsExactly("write the last good haproxy.cfg");
        assertThat(HaproxyPlan.of(state(usable, List.of(), false, RUNS, Optional.empty())))
                .as("it is not tried again in each round")
                .isEqualTo(Plan.nothing(UnitStatus.blocked("configuration refused (https-port): port in use; running"
                        + " with the last good one; change it")));
        ServiceState down = SingleProcess.state("haproxy", ServiceState.Phase.FAILING, "", Optional.of("killed"));
        assertThat(HaproxyPlan.of(state(usable, List.of(), false, Optional.of(down), Optional.empty()))
                        .status())
                .isEqualTo(UnitStatus.blocked("configuration refused (https-port): port in use; the last good one does"
                        + " not run either: killed; change it"));
    }

    @Test
    void changesNothingWhileOptionsAreRefused() {
        assertThat(HaproxyPlan.of(state(
                        certificates(true, Optional.of(SITE)),
                        List.of(),
                        false,
                        RUNS,
                        Optional.of("ssl-key is not the key of ssl-cert"))))
                .isEqualTo(Plan.nothing(UnitStatus.blocked("ssl-key is not the key of ssl-cert")));
    }

    @Test
    void aCertificateThatEndedStopsNoChange() {
        CertificateState ended = served(SITE.sha1(), Optional.empty(), Optional.of("ssl-cert has expired"));

        Plan<HaproxyExecutor> plan = HaproxyPlan.of(state(ended, List.of(), false, Optional.empty(), Optional.empty()));
        assertThat(steps(plan))
                .containsExactly(
                        "apply a configuration with no server",
                        "start haproxy at https://lp.example.com:8443",
                        "publish https://lp.example.com:8443");
        assertThat(plan.status()).isEqualTo(UnitStatus.blocked("ssl-cert has expired"));
        assertThat(HaproxyPlan.of(state(
                                ended,
                                List.of(),
                                true,
                                Optional.of(SingleProcess.state(
                                        "haproxy", ServiceState.Phase.FAILING, "", Optional.of("it was killed"))),
                                Optional.empty()))
                        .status())
                .isEqualTo(UnitStatus.error("HAProxy is not running: it was killed"));
    }

    @Test
    void startsTheLastGoodConfigurationWhileTheNewOneIsRefused() {
        assertThat(steps(HaproxyPlan.of(state(
                        certificates(true, Optional.of(SITE)),
                        List.of(),
                        false,
                        Optional.empty(),
                        Optional.of("strategy is refused")))))
                .containsExactly("start haproxy at https://lp.example.com:8443");
    }

    /** They would wait for it until their time is up. */
    @Test
    void leavingUnitsAreDrainedWhileTheConfigurationIsRefused() {
        Optional<String> refused = Optional.of("strategy is refused");
        Set<String> both = Set.of(LivepatchRouting.CHECK_INS, LivepatchRouting.DOWNLOADS);
        CertificateState usable = certificates(true, Optional.of(SITE));
        List<Server> leaving =
                List.of(Server.of("livepatch/1", "127.0.10.2", 8080).withState(Server.State.DRAIN));
        Map<String, String> url = Map.of("url", "https://refused.example.com");

        Drains.Progress begun =
                new Drains.Progress(Drains.NONE, List.of(new Server.Ref("livepatch-checkins", "livepatch-1")));
        assertThat(steps(HaproxyPlan.of(state(usable, leaving, false, RUNS, refused, both, begun, url))))
                .containsExactly("drain these in the configuration that runs: livepatch-checkins/livepatch-1");
        Drains.Progress ended = new Drains.Progress("livepatch/1", List.of());
        Map<String, String> more = Map.of("url", "https://refused.example.com", Drains.DRAINED, "livepatch/1");
        assertThat(steps(HaproxyPlan.of(state(usable, leaving, false, RUNS, refused, both, ended, more))))
                .containsExactly("publish that these are drained: livepatch/1");
        assertThat(HaproxyPlan.of(state(usable, leaving, false, RUNS, refused, both, ended, url)))
                .isEqualTo(Plan.nothing(UnitStatus.blocked("strategy is refused")));
    }

    @Test
    void theServedCertificateIsComparedWithTheDesiredOne() {
        Server server = Server.of("livepatch/0", "127.0.10.1", 8080);

        assertThat(HaproxyPlan.of(state(
                        served(SITE.sha1(), Optional.empty(), Optional.empty()),
                        List.of(server),
                        true,
                        RUNS,
                        Optional.empty())))
                .isEqualTo(Plan.nothing(UnitStatus.active("Unit is ready")));
        CertificateState other = served("0A", Optional.empty(), Optional.empty());
        assertThat(steps(HaproxyPlan.of(state(other, List.of(server), true, RUNS, Optional.empty()))))
                .containsExactly("reload haproxy, which serves certificate 0A instead of " + SITE.sha1());
        // haproxy reloads for another configuration anyway.
        assertThat(steps(HaproxyPlan.of(state(other, List.of(), false, RUNS, Optional.empty()))))
                .containsExactly("apply a configuration with no server", "publish https://lp.example.com:8443");
    }

    @Test
    void aRenewalIsTheLastStep() {
        CertificateState due = served(
                SITE.sha1(), Optional.of(LocalDate.of(2027, 3, 1)), Optional.empty(), "the certificate ends soon");

        assertThat(steps(HaproxyPlan.of(state(due, List.of(), false, Optional.empty(), Optional.empty()))))
                .containsExactly(
                        "apply a configuration with no server",
                        "start haproxy at https://lp.example.com:8443",
                        "publish https://lp.example.com:8443",
                        "renew the certificate, which ends on 2027-03-01, for " + NAMES);
    }

    @Test
    void warningsAreShownWithAnyStatus() {
        CertificateState ending = served(SITE.sha1(), Optional.empty(), Optional.empty(), "one", "other");
        Server server = Server.of("livepatch/0", "127.0.10.1", 8080);

        assertThat(HaproxyPlan.of(state(ending, List.of(server), true, RUNS, Optional.empty()))
                        .status())
                .isEqualTo(UnitStatus.active("Unit is ready; one; other"));
        assertThat(HaproxyPlan.of(state(ending, List.of(), true, RUNS, Optional.of("strategy is refused")))
                        .status())
                .isEqualTo(UnitStatus.blocked("strategy is refused; one; other"));
    }

    @Test
    void theUsualPortIsNotPartOfTheUrl() {
        assertThat(new PublicEndpoint("127.0.10.3", Optional.empty(), 443, 0).url())
                .isEqualTo("https://127.0.10.3");
    }
}
