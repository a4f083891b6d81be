package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerOutput;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StartFactoryTest {

    private static final Map<String, String> OURS = Map.of("PATH", "/bin", "HOME", "/root", "SECRET", "x", "LANG", "C");
    private static final PoolSpec SPEC =
            PoolSpec.of("web", List.of("server", "--port", "{port}")).build();

    private static Map<String, String> environment(PoolSpec spec) {
        return StartFactory.environment(spec, 3, OURS);
    }

    @Test
    void onlyListedVariablesAreInheritedUnlessTheSpecInheritsAll() {
        assertThat(environment(SPEC))
                .isEqualTo(Map.of("PATH", "/bin", "HOME", "/root", "LANG", "C", "MULTIPROCESS_WORKER_ID", "3"));
        ProcessEnvironment all = new ProcessEnvironment(
                Map.of(),
                false,
                Path.of("/"),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                "KILL");
        assertThat(environment(SPEC.but().surroundings(all).build())).containsEntry("SECRET", "x");
        assertThat(environment(SPEC.but()
                        .surroundings(ProcessEnvironment.PLAIN.withUser("postgres"))
                        .build()))
                .doesNotContainKey("HOME");
    }

    @Test
    void aWorkerGetsItsPortsInArgumentsAndEnvironment() {
        InetSocketAddress shared = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
        PoolSpec spec = SPEC.but()
                .listening(new Listening.Shared(shared, OptionalInt.of(9000)))
                .environment(Map.of("ADMIN", "127.0.0.1:{worker_port}"))
                .build();
        assertThat(environment(spec))
                .containsEntry("PORT", "8080")
                .containsEntry("WORKER_PORT", "9003")
                .containsEntry("ADMIN", "127.0.0.1:9003");
        assertThat(StartFactory.start(spec, 3, OURS, WorkerOutput.discarded()).command())
                .containsExactly("server", "--port", "8080");
        assertThat(StartFactory.start(SPEC, 3, OURS, WorkerOutput.discarded()).command())
                .as("a placeholder without a port stays")
                .containsExactly("server", "--port", "{port}");
    }
}
