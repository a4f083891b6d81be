package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.SupervisorConfig;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BalancerLoaderTest {

    @TempDir
    Path folder;

    private final ClassLoader original = Thread.currentThread().getContextClassLoader();

    @AfterEach
    void restoreClassLoader() {
        Thread.currentThread().setContextClassLoader(original);
    }

    private SupervisorConfig config() throws IOException {
        return SupervisorConfig.read(Files.writeString(folder.resolve("pool.yaml"), """
                supervisor:
                  workers:
                  - {name: naps, exec: sleep}
                  - {name: shared, exec: sleep, listen: {port: 8080}}
                  - {name: web, exec: sleep, server: {port_arg: {start_port: 9090}, health_check_path: /health}}
                """));
    }

    /** Puts a provider on the class path, as the module of a balancer does. */
    private void installProvider() throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(Balancer.Provider.class.getName()), TestProvider.class.getName());
        URL[] classPath = {folder.toUri().toURL()};
        Thread.currentThread().setContextClassLoader(new URLClassLoader(classPath, original));
    }

    /** Public, as {@link java.util.ServiceLoader} requires. */
    public static final class TestProvider implements Balancer.Provider {

        @Override
        public String name() {
            return "test";
        }

        @Override
        public Balancer open(PoolSpec pool, Listening.Proxied mode, Path directory) {
            throw new UnsupportedOperationException("opens no balancer");
        }
    }

    @Test
    void withoutAProviderEachPoolInProxyModeIsAnError() throws IOException {
        assertThat(BalancerLoader.provider()).isEmpty();

        List<Diagnostic> missing = BalancerLoader.missing(config());

        assertThat(missing).singleElement().satisfies(diagnostic -> {
            assertThat(diagnostic.severity()).isEqualTo(Diagnostic.Severity.ERROR);
            assertThat(diagnostic.key()).isEqualTo("supervisor.workers[web].server");
            assertThat(diagnostic.what())
                    .startsWith("there is no balancer on the class path")
                    .contains("scripts/build", "'listen'");
        });
    }

    @Test
    void aProviderOnTheClassPathIsFoundAndNoPoolIsAnError() throws IOException {
        installProvider();

        assertThat(BalancerLoader.provider()).containsInstanceOf(TestProvider.class);
        assertThat(BalancerLoader.missing(config())).isEmpty();
    }
}
