package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A full disk, a read-only home and a model that is cut short: each is named, and no unit stops. */
@Requires(Requires.Root.class)
class HomeFaultsIT {

    @Test
    void theyAreNamedAndLoseNothing() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount"));
        command.addAll(JavaCommand.testProgram(HomeFaults.class, "-Xmx64m"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(output).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
