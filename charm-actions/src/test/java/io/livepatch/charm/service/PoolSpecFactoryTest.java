package io.livepatch.charm.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceCheck.Probe;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.Restart;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.SpecChange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class PoolSpecFactoryTest {
    private static final Probe SOCKET = new Probe.Socket(Path.of("/run/web.sock"), "show");

    private static final Set<InetSocketAddress> PORTS =
            Set.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8443));

    private static ServiceSpec.Builder service() {
        return ServiceSpec.of("web", Path.of("/srv"), List.of("web"));
    }

    private static PoolSpec pool(ServiceSpec.Builder service) {
        return PoolSpecFactory.of("web-0/web", service.build());
    }

    @Test
    void whatACharmSaysReachesTheSupervisor() {
        PoolSpec pool = pool(service()
                .user(Optional.of("www"))
                .parentDeathSignal("INT")
                .stop("QUIT", Duration.ofSeconds(7))
                .reservedPorts(PORTS)
                .restart(new Restart(Restart.When.ON_FAILURE, Duration.ofSeconds(1), Duration.ofSeconds(9)))
                .ready(new ServiceCheck(SOCKET, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3), 4, 5))
                .live(new ServiceCheck(
                        Probe.Responsive.of(SOCKET),
                        Duration.ofMillis(6),
                        Duration.ofMillis(7),
                        Duration.ofMillis(8),
                        9,
                        10))
                .limits(new ServiceSpec.Limits(OptionalLong.of(11), OptionalLong.of(12), OptionalInt.of(13))));

        io.livepatch.supervisor.Probe socket =
                new io.livepatch.supervisor.Probe.Socket(Path.of("/run/web.sock"), "show");
        assertThat(pool.surroundings().user()).contains("www");
        assertThat(pool.surroundings().parentDeathSignal()).isEqualTo("INT");
        assertThat(pool.stop()).isEqualTo(new PoolSpec.StopPolicy("QUIT", Duration.ofSeconds(7)));
        assertThat(pool.restart().when()).isEqualTo(RestartPolicy.When.ON_FAILURE);
        assertThat(pool.restart().initial()).isEqualTo(Duration.ofSeconds(1));
        assertThat(pool.restart().cap()).isEqualTo(Duration.ofSeconds(9));
        assertThat(pool.ready())
                .contains(new HealthCheck(
                        socket, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3), 4, 5));
        assertThat(pool.live())
                .contains(new HealthCheck(
                        new io.livepatch.supervisor.Probe.Responsive(List.of(socket)),
                        Duration.ofMillis(6),
                        Duration.ofMillis(7),
                        Duration.ofMillis(8),
                        9,
                        10));
        assertThat(pool.limits().memory()).hasValue(11);
        assertThat(pool.limits().hardMemory()).hasValue(12);
        assertThat(pool.limits().hardOpenFiles()).hasValue(13);
        assertThat(pool.recycling()).as("never two at once").isEqualTo(ReplacementPolicy.IN_PLACE);
        assertThat(pool.reservedPorts()).isEqualTo(PORTS);
        assertThat(pool.log().orElseThrow().file()).isEqualTo(Path.of("/srv/log/web.log"));
    }

    @Test
    void whatAProcessGetsAtItsStartReplacesItAndTheRestDoesNot() {
        assertThat(replaces(it -> it.fingerprint("another"))).isTrue();
        assertThat(replaces(it -> it.environment(java.util.Map.of("A", "b")))).isTrue();
        assertThat(replaces(it -> it.user(Optional.of("www")))).isTrue();
        assertThat(replaces(it -> it.parentDeathSignal("INT"))).isTrue();
        assertThat(replaces(it -> it.log(Path.of("/var/log/web.log")))).isTrue();
        assertThat(replaces(it -> it.limits(
                        new ServiceSpec.Limits(OptionalLong.empty(), OptionalLong.of(1), OptionalInt.empty()))))
                .isTrue();

        assertThat(replaces(it -> it.restart(Restart.never()))).isFalse();
        assertThat(replaces(it -> it.reservedPorts(PORTS))).isFalse();
        assertThat(replaces(it -> it.ready(ServiceCheck.ready(SOCKET)))).isFalse();
        assertThat(replaces(it -> it.live(ServiceCheck.live(SOCKET)))).isFalse();
        assertThat(replaces(it -> it.stop("INT", Duration.ofSeconds(1)))).isFalse();
        assertThat(replaces(it -> it.limits(
                        new ServiceSpec.Limits(OptionalLong.of(1), OptionalLong.empty(), OptionalInt.empty()))))
                .isFalse();
        assertThat(replaces(it -> it.ready(ServiceCheck.ready(SOCKET)).reload(new ServiceSpec.Reload("HUP", "new"))))
                .isFalse();
    }

    private static boolean replaces(UnaryOperator<ServiceSpec.Builder> change) {
        return SpecChange.recycles(pool(service()), pool(change.apply(service())));
    }
}
