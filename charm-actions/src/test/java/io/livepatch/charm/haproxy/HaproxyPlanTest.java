package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.haproxy.Server;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HaproxyPlanTest {
    private static final Frontage FRONTAGE = new Frontage("127.0.10.3", Optional.of("lp.example.com"), 8443, 8080);
    private static final Site SITE = new Site(Path.of("/u/tls/site-1.pem"), "1");
    private static final Optional<ServiceState> RUNS =
            Optional.of(ServiceState.single("haproxy", ServiceState.Phase.READY, "", 0, Optional.empty()));

    private static Sight sight(
            boolean authority,
            Optional<Site> certificate,
            List<Server> servers,
            boolean written,
            Optional<ServiceState> service,
            Optional<String> obstacle) {
        return new Sight(
                true,
                true,
                FRONTAGE,
                false,
                authority,
                certificate,
                true,
                servers,
                written,
                true,
                service,
                service.isPresent(),
                true,
                written,
                obstacle);
    }

    private static List<String> steps(Plan<HaproxyStep> plan) {
        return plan.steps().stream().map(HaproxyStep::toString).toList();
    }

    @Test
    void beginsWithAnAuthorityAndACertificate() {
        assertThat(steps(HaproxyPlan.of(
                        sight(false, Optional.empty(), List.of(), false, Optional.empty(), Optional.empty()))))
                .containsExactly("make a private certificate authority");
        assertThat(steps(HaproxyPlan.of(
                        sight(true, Optional.empty(), List.of(), false, Optional.empty(), Optional.empty()))))
                .containsExactly(
                        "issue a certificate for DNS:lp.example.com, IP:127.0.10.3, IP:127.0.0.1, DNS:localhost");
    }

    @Test
    void startsAndTellsWhereItIs() {
        assertThat(steps(HaproxyPlan.of(
                        sight(true, Optional.of(SITE), List.of(), false, Optional.empty(), Optional.empty()))))
                .containsExactly(
                        "apply a configuration with no server",
                        "start haproxy at https://lp.example.com:8443",
                        "publish https://lp.example.com:8443");
    }

    @Test
    void isActiveWithAServerAndWaitsWithoutOne() {
        Server server = Server.of("livepatch/0", "127.0.10.1", 8080);

        assertThat(HaproxyPlan.of(sight(true, Optional.of(SITE), List.of(server), true, RUNS, Optional.empty())))
                .isEqualTo(Plan.nothing(UnitStatus.active("Unit is ready")));
        assertThat(HaproxyPlan.of(sight(true, Optional.of(SITE), List.of(), true, RUNS, Optional.empty())))
                .isEqualTo(Plan.nothing(UnitStatus.waiting("Waiting for a server to be ready")));
    }

    @Test
    void touchesNothingWhileSomethingIsWrong() {
        assertThat(HaproxyPlan.of(sight(
                        true,
                        Optional.of(SITE),
                        List.of(),
                        false,
                        RUNS,
                        Optional.of("ssl-key is not the key of ssl-cert"))))
                .isEqualTo(Plan.nothing(UnitStatus.blocked("ssl-key is not the key of ssl-cert")));
    }

    @Test
    void startsTheLastGoodConfigurationWhileTheNewOneIsRefused() {
        assertThat(steps(HaproxyPlan.of(sight(
                        true,
                        Optional.of(SITE),
                        List.of(),
                        false,
                        Optional.empty(),
                        Optional.of("strategy is refused")))))
                .containsExactly("start haproxy at https://lp.example.com:8443");
    }

    @Test
    void theUsualPortIsNotPartOfTheUrl() {
        assertThat(new Frontage("127.0.10.3", Optional.empty(), 443, 0).url()).isEqualTo("https://127.0.10.3");
    }
}
