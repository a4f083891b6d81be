package io.livepatch.haproxy.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.Server;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HaproxyConfigTest {
    @ParameterizedTest
    @EnumSource
    void theTextIsTheGoldenFile(Golden golden) {
        assertThat(HaproxyConfig.render(golden.loadBalancer())).isEqualTo(golden.text());
    }

    @Test
    void equalInputGivesEqualBytes() {
        assertThat(HaproxyConfig.render(Examples.usual())).isEqualTo(HaproxyConfig.render(Examples.usual()));
    }

    @Test
    void addingAServerAddsOneLineAndChangesNoOther() {
        for (Strategy strategy : Strategy.values()) {
            List<String> before =
                    body(Examples.units(Examples.unit(2), Examples.unit(10)).withStrategy(strategy));
            List<String> after = body(Examples.units(Examples.unit(2), Examples.unit(3), Examples.unit(10))
                    .withStrategy(strategy));
            assertThat(after).containsSubsequence(before).hasSize(before.size() + 1);
        }
    }

    @Test
    void differentConfigurationsHaveDifferentDigests() {
        String text = HaproxyConfig.render(Examples.usual());
        String other = HaproxyConfig.render(Examples.usual().withLimits(ProxyLimits.DEFAULT.withMaxConnections(4001)));
        assertThat(ConfigDigest.find(text)).isPresent().isNotEqualTo(ConfigDigest.find(other));
        assertThat(ConfigDigest.find("global\n")).isEmpty();
    }

    @Test
    void theFrameIsAllButTheServers() {
        ConfigDigest usual = fingerprint(Examples.usual());
        ConfigDigest more = fingerprint(Examples.usual()
                .withBackends(
                        List.of(Examples.units(Examples.unit(0).withState(Server.State.DRAIN), Examples.unit(7)))));
        assertThat(more.frame()).isEqualTo(usual.frame());
        assertThat(more.config()).isNotEqualTo(usual.config());
        Backend patient = new Backend(
                "livepatch",
                Strategy.LEAST_CONNECTIONS,
                Optional.of(new HealthCheck(
                        "/health/ready", Duration.ofSeconds(9), Duration.ofSeconds(1), Duration.ofSeconds(2), 2, 2)),
                List.of(Examples.unit(0), Examples.unit(1)),
                3);
        assertThat(fingerprint(Examples.usual().withBackends(List.of(patient))).frame())
                .isNotEqualTo(usual.frame());
    }

    @Test
    void everyDurationIsWrittenWithItsUnit() {
        assertThat(ConfigWriter.time(Duration.ofMillis(250))).isEqualTo("250ms");
        assertThat(ConfigWriter.time(Duration.ofMinutes(2))).isEqualTo("120s");
    }

    private static ConfigDigest fingerprint(LoadBalancer lb) {
        return ConfigDigest.find(HaproxyConfig.render(lb)).orElseThrow();
    }

    private static List<String> body(Backend backend) {
        return HaproxyConfig.render(Examples.usual().withBackends(List.of(backend)))
                .lines()
                .filter(line -> !line.startsWith("  description "))
                .toList();
    }
}
