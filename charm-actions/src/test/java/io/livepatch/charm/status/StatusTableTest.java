package io.livepatch.charm.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.UnitStatus;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusTableTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final ModelStatus.ModelInfo MODEL =
            new ModelStatus.ModelInfo("local", "localhost", "abc123", "/var/lib/livepatch", Optional.empty());

    private static ModelStatus.ApplicationStatus app(
            String name, String version, UnitStatus status, String address, List<String> ports) {
        ModelStatus.Health health = ModelStatus.Health.of(status, NOW);
        return new ModelStatus.ApplicationStatus(
                name,
                2,
                "0123abc",
                Optional.of(version),
                health,
                Map.of(
                        name + "/0",
                        new ModelStatus.UnitView(
                                health,
                                new ModelStatus.Health("idle", Optional.empty(), NOW),
                                true,
                                address,
                                ports,
                                "0123abc")));
    }

    @Test
    void printsTablesAsJujuDoes() {
        Map<String, ModelStatus.ApplicationStatus> apps = new LinkedHashMap<>();
        apps.put(
                "haproxy",
                app(
                        "haproxy",
                        "2.6.12",
                        UnitStatus.active("Unit is ready"),
                        "127.0.10.3",
                        List.of("8080/tcp", "8443/tcp")));
        apps.put(
                "livepatch",
                app("livepatch", "", UnitStatus.blocked("Waiting for postgres relation..."), "127.0.10.1", List.of()));
        ModelStatus status = new ModelStatus(
                MODEL,
                apps,
                List.of(
                        new ModelStatus.RelationStatus(2, "livepatch:website", "haproxy:reverseproxy", "http"),
                        new ModelStatus.RelationStatus(
                                1, "haproxy:haproxy-peers", "haproxy:haproxy-peers", "haproxy_peers")));

        assertThat(StatusTable.render(status, true)).isEqualTo("""
                        Model  Controller  Version  Home
                        local  localhost   abc123   /var/lib/livepatch

                        App        Version  Status   Scale  Charm      Rev  Message
                        haproxy    2.6.12   active   1      haproxy    2    Unit is ready
                        livepatch           blocked  1      livepatch  2    Waiting for postgres relation...

                        Unit          Workload  Agent  Public address  Ports          Message
                        haproxy/0*    active    idle   127.0.10.3      8080,8443/tcp  Unit is ready
                        livepatch/0*  blocked   idle   127.0.10.1                     Waiting for postgres relation...

                        Integration provider   Requirer               Interface      Type
                        livepatch:website      haproxy:reverseproxy   http           regular
                        haproxy:haproxy-peers  haproxy:haproxy-peers  haproxy_peers  peer
                        """);
    }

    @Test
    void anEmptyModelIsReported() {
        assertThat(StatusTable.render(new ModelStatus(MODEL, Map.of(), List.of()), false))
                .endsWith("Model \"local\" is empty.\n");
    }

    @Test
    void longValuesAreIndentedBelowTheirKey() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("ca", "one\ntwo");
        pairs.put("restarted", "true");

        assertThat(StatusTable.pairs(pairs)).isEqualTo("ca: |\n  one\n  two\nrestarted: true\n");
    }
}
