package io.livepatch.charm.livepatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LivepatchYamlTest {
    private static final String LOOPBACK = "127.0.0.1/32,::1/128";

    @Test
    void relatedHaproxyUnitsAreTrustedByTheirAddresses() {
        List<Map<String, String>> bags = List.of(
                Map.of("ingress-address", "10.1.0.9", "private-address", "10.1.0.1"),
                Map.of("private-address", "10.1.0.2"),
                Map.of("ingress-address", "2001:db8::7"),
                Map.of("ingress-address", "haproxy-3.lxd"),
                Map.of("url", "https://livepatch.example.com"));

        assertThat(LivepatchYaml.trustedProxies(LOOPBACK, bags)).isEqualTo(LOOPBACK + ",10.1.0.2,10.1.0.9,2001:db8::7");
        assertThat(LivepatchYaml.trustedProxies("", bags)).isEqualTo("10.1.0.2,10.1.0.9,2001:db8::7");
        assertThat(LivepatchYaml.trustedProxies("", List.of())).isEmpty();
    }

    @Test
    void workersTrustTheConfiguredNetworksAndIgnoreInvalidOnes() {
        assertThat(LivepatchYaml.trustedPeers(LOOPBACK + ", 10.1.0.2,127.0.10.5,10.0.0.0/33,haproxy,2001:db8::7"))
                .containsExactly("127.0.0.1/32", "::1/128", "10.1.0.2", "2001:db8::7");
        assertThat(LivepatchYaml.trustedPeers("")).isEmpty();
    }

    @Test
    void aLoopbackAddressThatIsTrustedAnywayChangesNothing() {
        List<Map<String, String>> bags = List.of(Map.of("ingress-address", "127.0.10.5"));

        assertThat(LivepatchYaml.trustedProxies(LOOPBACK, bags)).isEqualTo(LOOPBACK);
        assertThat(LivepatchYaml.trustedProxies("10.0.0.0/8", bags)).isEqualTo("10.0.0.0/8,127.0.10.5");
    }

    /** A follower that is added, and a promoted one, change the addresses of the database: no worker is replaced for them. */
    @Test
    void theAddressesOfTheDatabaseAreReadAgainByTheRunningServer() {
        LivepatchYaml one = new LivepatchYaml(
                Map.of(
                        "database.connection-string",
                        "postgresql://u:p@127.0.10.2:5432/l",
                        "server.unit",
                        "livepatch/0"),
                "/r/1");
        LivepatchYaml two = new LivepatchYaml(
                Map.of(
                        "database.connection-string",
                        "postgresql://u:p@127.0.10.2:5432,127.0.10.5:5432/l",
                        "server.unit",
                        "livepatch/0"),
                "/r/1");
        LivepatchYaml other = new LivepatchYaml(
                Map.of(
                        "database.connection-string",
                        "postgresql://u:p@127.0.10.2:5432/l",
                        "server.unit",
                        "livepatch/1"),
                "/r/1");

        assertThat(two.fingerprint()).isEqualTo(one.fingerprint());
        assertThat(two.liveFingerprint()).isNotEqualTo(one.liveFingerprint());
        assertThat(other.fingerprint()).isNotEqualTo(one.fingerprint());
        assertThat(other.liveFingerprint()).isEqualTo(one.liveFingerprint());
        assertThat(new LivepatchYaml(one.keys(), "/r/2"))
                .as("another release needs other processes")
                .satisfies(refreshed -> assertThat(refreshed.fingerprint()).isNotEqualTo(one.fingerprint()))
                .satisfies(refreshed -> assertThat(refreshed.liveFingerprint()).isEqualTo(one.liveFingerprint()));
        assertThat(LivepatchYaml.parse(two.yaml(), "/r/1")).isEqualTo(two);
    }
}
