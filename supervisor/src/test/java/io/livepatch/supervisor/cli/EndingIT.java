package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.cli.SupervisorCommand.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shutdown of the program. */
class EndingIT {

    private static final String STUBBORN = """
            supervisor:
              workers:
              - name: stubborn
                exec: sh
                args: [-c, "trap '' TERM; echo up; while :; do sleep 0.1; done"]
                signal_timeout: 500ms
              - name: naps
                replicas: 2
                exec: sleep
                args: ["1000"]
            """;

    @TempDir
    Path folder;

    private static String stubborn(String timeout) {
        return STUBBORN.replace("500ms", timeout);
    }

    @Test
    void aWorkerThatIgnoresItsSignalIsKilledAndNamedInTheLastLine() {
        try (Program program = Program.start(folder, STUBBORN)) {
            program.awaitOut("up");
            List<Long> pids = new ArrayList<>(program.awaitReady("stubborn", 1).values());
            pids.addAll(program.awaitReady("naps", 2).values());

            program.signal("TERM");

            assertThat(program.exitCode()).isEqualTo(ExitCode.KILLED);
            assertThat(pids).hasSize(3).noneMatch(Program::alive);
            assertThat(lastLine(program))
                    .contains("3 workers ended")
                    .contains("the slowest 'stubborn-0'")
                    .contains("1 had to be killed [stubborn-0]");
        }
    }

    private static String lastLine(Program program) {
        return program.log().lines().reduce("", (before, line) -> line);
    }

    @Test
    void theShutdownDeadlineOverridesTheTimeoutOfAPool() {
        try (Program program = Program.start(folder, "shutdown: {deadline: 3s}\n" + stubborn("10m"))) {
            program.awaitOut("up");

            program.signal("TERM");

            assertThat(program.exitCode()).isEqualTo(ExitCode.KILLED);
            assertThat(lastLine(program)).contains("[stubborn-0]");
        }
    }

    @Test
    void aSecondSignalKillsAtOnce() {
        try (Program program = Program.start(folder, "shutdown: {deadline: 10m}\n" + stubborn("10m"))) {
            program.awaitOut("up");
            program.signal("TERM");
            program.awaitLog("shutting down (asked by a signal)");

            program.signal("INT");

            assertThat(program.exitCode()).isEqualTo(ExitCode.KILLED);
        }
    }

    /** The second signal arrives before any worker has begun to stop. */
    @Test
    void twoSignalsInARowKillAtOnce() {
        try (Program program = Program.start(folder, "shutdown: {deadline: 10m}\n" + stubborn("10m"))) {
            program.awaitOut("up");

            program.signal("TERM", "INT");

            assertThat(program.exitCode()).isEqualTo(ExitCode.KILLED);
        }
    }

    @Test
    void aSignalDuringTheStartCancelsTheStartsToCome() {
        try (Program program = Program.start(folder, """
                supervisor:
                  workers:
                  - {name: slow, replicas: 5, exec: sleep, args: ["1000"], startup_wait_time: 10m}
                """)) {
            var pids = program.awaitReady("slow", 1).values();

            program.signal("TERM");

            assertThat(program.exitCode()).isEqualTo(ExitCode.OK);
            assertThat(pids).noneMatch(Program::alive);
            assertThat(lastLine(program)).contains("1 worker ended");
        }
    }

    /** The file is a pipe, whose opening blocks until the program reads it. */
    private void whileTheFileIsRead(Consumer<Program> action, Consumer<Program> then)
            throws IOException, InterruptedException {
        Path pipe = folder.resolve("pool.yaml");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        try (Program program = Program.launch(folder).readOutput()) {
            try (OutputStream file = Files.newOutputStream(pipe)) {
                action.accept(program);
                file.write(STUBBORN.getBytes(StandardCharsets.UTF_8));
            }
            then.accept(program);
        }
    }

    @Test
    void aSignalWhileTheFileIsReadStartsNothing() throws IOException, InterruptedException {
        whileTheFileIsRead(program -> program.signal("TERM"), program -> {
            assertThat(program.exitCode()).isEqualTo(ExitCode.OK);
            assertThat(program.log()).contains("0 workers ended").doesNotContain("STARTING");
        });
    }

    @Test
    void aReloadWhileTheFileIsReadIsHarmless() throws IOException, InterruptedException {
        whileTheFileIsRead(
                program -> program.signal("HUP"),
                program -> assertThat(program.awaitReady("naps", 2)).hasSize(2));
    }

    @Test
    void theEndpointServesUntilTheLastWorkerHasStopped() {
        try (Program program = Program.start(folder, """
                supervisor:
                  workers:
                  - name: thorough
                    exec: sh
                    args: [-c, "trap 'sleep 2; exit 0' TERM; echo up; while :; do sleep 0.1; done"]
                """)) {
            program.awaitOut("up");
            program.signal("TERM");
            program.awaitLog("STOPPING");

            assertThat(program.get("/health").path("shutdown").asString())
                    .isEqualTo("asked by a signal; workers left: 1");
            assertThat(program.metrics())
                    .contains("supervisor_shutdown_in_progress 1.0")
                    .contains("monoceros_supervisor_sigterm_received 1.0");
            assertThat(program.exitCode()).isEqualTo(ExitCode.OK);
        }
    }

    @Test
    void noWorkerSurvivesAKilledSupervisor() {
        try (Program program = Program.start(folder, STUBBORN)) {
            program.awaitOut("up");
            List<Long> pids = new ArrayList<>(program.awaitReady("stubborn", 1).values());
            pids.addAll(program.awaitReady("naps", 2).values());

            program.signal("KILL");

            Program.awaitGone(pids);
        }
    }
}
