package io.livepatch.charm.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.haproxy.render.HaproxyConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LivepatchRoutingTest {
    private static LoadBalancer balancer(boolean expose) {
        List<Server> units =
                List.of(Server.of("livepatch/0", "127.0.10.1", 8080), Server.of("livepatch/4", "127.0.10.5", 8080));
        Frontend frontend =
                new Frontend("https", List.of(Bind.plain("127.0.10.3", 8443)), LivepatchRouting.routes(expose, expose));
        Backend[] backends =
                LivepatchRouting.backends(Strategy.LEAST_CONNECTIONS, units).toArray(Backend[]::new);
        return LoadBalancer.of("haproxy/0", new Paths(Path.of("/run/haproxy-0")), frontend, backends)
                .withSourceLimits(SourceLimits.DEFAULT);
    }

    /** Compares the whole file, so that every change of the rules for requests is deliberate. */
    @Test
    void configurationForTwoUnitsIsTheGoldenFile() throws IOException {
        try (InputStream golden = LivepatchRoutingTest.class.getResourceAsStream("/golden/haproxy.cfg")) {
            assertThat(HaproxyConfig.render(balancer(false)))
                    .isEqualTo(new String(
                            Objects.requireNonNull(golden, "golden/haproxy.cfg").readAllBytes(),
                            StandardCharsets.UTF_8));
        }
    }

    @Test
    void adminAndDebugRoutesAreExposedOnlyByOption() {
        List<String> hidden = List.of("/v1/admin", "/debug", "/metrics", "/health/live");
        assertThat(hidden)
                .noneMatch(path -> HaproxyConfig.render(balancer(false)).contains("acl exposed path " + path + "\n"))
                .allMatch(path -> HaproxyConfig.render(balancer(true)).contains("acl exposed path " + path + "\n"));
    }

    /** An upload is longer than any buffer, and takes its time. */
    @Test
    void onlyTheAdminApiStreamsBodies() {
        assertThat(HaproxyConfig.render(balancer(true)))
                .contains("wait-for-body time 5s if !route:v1:admin\n")
                .contains("use_backend others if route:v1:admin\n");
    }
}
