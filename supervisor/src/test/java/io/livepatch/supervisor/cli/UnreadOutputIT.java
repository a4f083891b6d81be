package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.cli.SupervisorCommand.ExitCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor's standard output is never read. */
class UnreadOutputIT {

    @TempDir
    Path folder;

    @Test
    void noWorkerIsBlockedAndDroppedLinesAreCounted() {
        try (Program program = Program.startUnread(folder, """
                supervisor:
                  workers:
                  - {name: chatty, exec: sh, args: [-c, "yes 'a line that nobody will ever read' | head -c 20000000; exec sleep 1000"]}
                  - {name: naps, exec: sleep, args: ["1000"]}
                """)) {
            Map<String, Long> before = program.awaitReady("naps", 1);
            await("lines are dropped")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> program.metrics()
                            .lines()
                            .anyMatch(line -> line.startsWith("supervisor_output_dropped_lines_total")
                                    && !line.endsWith(" 0.0")));

            before.values().forEach(pid -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());

            program.awaitEvent("naps", "restarted", "crash");
            assertThat(program.awaitReady("naps", 1)).isNotEqualTo(before);
            program.send("POST", "/pools/chatty/restart?wait=20", "");
            program.signal("TERM");
            assertThat(program.exitCode()).isEqualTo(ExitCode.OK);
        }
    }
}
