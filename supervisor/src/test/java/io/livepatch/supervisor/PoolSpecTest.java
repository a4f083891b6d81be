package io.livepatch.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.supervisor.PoolSpec.StopPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolSpecTest {

    private static final PoolSpec SPEC = PoolSpec.of("web", List.of("server")).build();

    @Test
    void eachWorkerHasALogOfItsOwn() {
        LogSpec log = LogSpec.of(Path.of("/var/log/web.log"));
        assertThat(log.fileOf(0)).isEqualTo(Path.of("/var/log/web.log"));
        assertThat(log.fileOf(2)).isEqualTo(Path.of("/var/log/web-2.log"));
        assertThat(LogSpec.of(Path.of("/var/log/plain")).fileOf(1)).isEqualTo(Path.of("/var/log/plain-1"));
    }

    @Test
    void invalidSpecsAreRefusedWithTheValue() {
        assertThatThrownBy(() -> SPEC.but().replicas(-1).build())
                .hasMessage("'-1' is no number of replicas: from 0 to 1000");
        assertThatThrownBy(() -> new StopPolicy("SIGTERM", SPEC.stop().timeout()))
                .hasMessage("'SIGTERM' is no stop signal: give a name such as TERM, INT, USR1 or KILL");
        assertThatThrownBy(() -> new StopPolicy("TERM; rm", SPEC.stop().timeout()))
                .isInstanceOf(SupervisorException.InvalidSpec.class);
        assertThatThrownBy(() -> ProcessEnvironment.PLAIN.withUser("--reset-env"))
                .isInstanceOf(SupervisorException.InvalidSpec.class);
        assertThatThrownBy(() -> ProcessEnvironment.PLAIN.withDirectory(Path.of("here")))
                .hasMessageContaining("must be absolute");
        assertThatThrownBy(() -> SPEC.but().environment(Map.of("a.b", "secret")))
                .hasMessage("'a.b' is no variable: letters, digits and '_'");
    }
}
