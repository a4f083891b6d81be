package io.livepatch.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolSpecTest {

    private static final PoolSpec SPEC = PoolSpec.of("web", List.of("server"), Path.of("/var/log/web.log"));

    @Test
    void eachWorkerHasALogOfItsOwn() {
        assertThat(SPEC.log().fileOf(0)).isEqualTo(Path.of("/var/log/web.log"));
        assertThat(SPEC.log().fileOf(2)).isEqualTo(Path.of("/var/log/web-2.log"));
        assertThat(LogSpec.of(Path.of("/var/log/plain")).fileOf(1)).isEqualTo(Path.of("/var/log/plain-1"));
    }

    @Test
    void whatCannotBeMeantIsRefusedWithTheValue() {
        assertThatThrownBy(() -> SPEC.withReplicas(0)).hasMessage("'0' is no number of replicas: from 1 to 1000");
        assertThatThrownBy(() -> SPEC.withStop("SIGTERM", SPEC.stop().timeout()))
                .hasMessage("'SIGTERM' is no stop signal: give a name such as TERM, INT, USR1 or KILL");
        assertThatThrownBy(() -> SPEC.withStop("TERM; rm", SPEC.stop().timeout()))
                .isInstanceOf(SupervisorException.InvalidSpec.class);
        assertThatThrownBy(() -> SPEC.withUser("--reset-env")).isInstanceOf(SupervisorException.InvalidSpec.class);
        assertThatThrownBy(() -> SPEC.withDirectory(Path.of("here"))).hasMessageContaining("must be absolute");
        assertThatThrownBy(() -> SPEC.withEnvironment(Map.of("a.b", "secret")))
                .hasMessage("'a.b' is no variable: letters, digits and '_'");
    }

    @Test
    void onlyHarmlessVariablesPassUnlessAllAreWanted() {
        Map<String, String> ours = Map.of("PATH", "/bin", "HOME", "/root", "SECRET", "x", "LANG", "C");
        assertThat(WorkerEnvironment.of(SPEC, 3, ours))
                .isEqualTo(Map.of("PATH", "/bin", "HOME", "/root", "LANG", "C", "MULTIPROCESS_WORKER_ID", "3"));
        assertThat(WorkerEnvironment.of(SPEC.withClearEnvironment(false), 3, ours))
                .containsEntry("SECRET", "x");
        assertThat(WorkerEnvironment.of(SPEC.withUser("postgres"), 3, ours)).doesNotContainKey("HOME");
    }
}
