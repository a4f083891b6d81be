package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.cli.SupervisorCommand.ExitCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The effects of {@code exit_on_give_up} when workers crash too often. */
class GiveUpIT {

    @TempDir
    Path folder;

    /** A pool of three workers, of which those with these numbers always crash, and a pool that works. */
    private Program run(String policy, String numbers) {
        return Program.start(folder, """
                exit_on_give_up: %s
                supervisor:
                  workers:
                  - name: shaky
                    replicas: 3
                    exec: sh
                    args: [-c, 'case $MULTIPROCESS_WORKER_ID in %s) exit 7;; *) exec sleep 1000;; esac']
                    max_restarts: 1
                    restart: {initial: 10ms, cap: 20ms}
                  - {name: steady, exec: sleep, args: ["1000"]}
                """.formatted(policy, numbers));
    }

    @Test
    void allExitsWhenEveryWorkerOfAPoolIsGivenUp() {
        try (Program program = run("all", "0|1|2")) {
            assertThat(program.exitCode()).isEqualTo(ExitCode.GIVEN_UP);
            assertThat(program.log())
                    .contains("every worker of pool 'shaky' was given up, and exit_on_give_up is all")
                    .contains("exit code 7");
        }
    }

    @Test
    void allKeepsRunningWithTheRemainingWorkers() {
        try (Program program = run("all", "0|1")) {
            program.awaitMetric("supervisor_given_up_total{pool=\"shaky\"} 2.0");

            assertThat(program.awaitReady("shaky", 1)).containsOnlyKeys("shaky-2");
            program.signal("TERM");
            assertThat(program.exitCode()).isEqualTo(ExitCode.GIVEN_UP);
        }
    }

    @Test
    void anyExitsWithTheFirstOne() {
        try (Program program = run("any", "1")) {
            assertThat(program.exitCode()).isEqualTo(ExitCode.GIVEN_UP);
            assertThat(program.log()).contains("worker 'shaky-1' was given up, and exit_on_give_up is any");
        }
    }

    @Test
    void neverKeepsRunningAndHealthReportsIt() {
        try (Program program = run("never", "0|1|2")) {
            program.awaitMetric("supervisor_given_up_total{pool=\"shaky\"} 3.0");

            var answer = program.request("GET", "/health", "");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body())
                    .contains("\"failed\":[\"shaky-0\",\"shaky-1\",\"shaky-2\"]")
                    .contains("given up after 1 restarts in vain");
            assertThat(program.awaitReady("steady", 1)).isNotEmpty();
            program.signal("TERM");
            assertThat(program.exitCode()).isEqualTo(ExitCode.GIVEN_UP);
        }
    }
}
