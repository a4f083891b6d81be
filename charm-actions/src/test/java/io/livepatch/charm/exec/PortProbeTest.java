package io.livepatch.charm.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortProbeTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "0000000000000000, false",
        "0000000000000400, true",
        "000001ffffffffff, true",
        "ffffffffffffffff, true",
        "000000000000fbff, false"
    })
    void anAmbientCapabilityLetsStartedProgramsBindAnyPort(String capabilities, boolean any) throws Exception {
        Path status = Files.writeString(
                folder.resolve("status"), "Name:\tjava\nCapEff:\t0000000000000400\nCapAmb:\t" + capabilities + "\n");

        assertThat(PortProbe.mayBindAnyPort(status)).isEqualTo(any);
    }

    @Test
    void aKernelWithoutAStatusFileHasNoCapabilities() {
        assertThat(PortProbe.mayBindAnyPort(folder.resolve("none"))).isFalse();
    }
}
