package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.cli.SupervisorCommand.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program with valid and invalid files, and with the options that start nothing. */
class SupervisorCommandIT {

    private static final String PROXIED = """
            supervisor:
              workers:
              - {name: naps, exec: sleep, args: ["1000"]}
              - name: web
                exec: sleep
                args: ["1000"]
                server:
                  port_arg: {name: -port, start_port: 9090, value_template: "{{.Port}}"}
                  health_check_path: /health
            """;

    @TempDir
    Path folder;

    /** The example with a free admin port. */
    private static String basic() throws IOException {
        return Files.readString(Path.of("examples", "basic.yaml")).replace("port: 9000", "port: 0");
    }

    @Test
    void aFileOfMonocerosRunsUnchanged() throws IOException {
        try (Program program = Program.start(folder, basic())) {
            var pids = program.awaitReady("ping", 3).values();

            assertThat(program.request("GET", "/health", "").statusCode()).isEqualTo(200);
            program.awaitOut("bytes from 127.0.0.1");
            program.signal("TERM");

            assertThat(program.exitCode()).isEqualTo(ExitCode.OK);
            assertThat(pids).hasSize(3).noneMatch(Program::alive);
            assertThat(program.log()).contains("3 workers ended").contains("0 had to be killed");
        }
    }

    @Test
    void validateExplainAndPrintConfigStartNothing() throws IOException {
        try (Program validate = Program.start(folder, basic(), "--validate");
                Program explain = Program.start(folder, basic(), "--explain");
                Program print = Program.start(folder, basic(), "--print-config")) {
            assertThat(validate.exitCode()).isEqualTo(ExitCode.OK);
            assertThat(explain.exitCode()).isEqualTo(ExitCode.OK);
            assertThat(print.exitCode()).isEqualTo(ExitCode.OK);
            validate.awaitOut("can be used: 1 pool with 3 workers, 2 remarks");
            explain.awaitOut("planned recycles leave 3 of 3 ready");
            print.awaitOut("stable_after: 30s");
            assertThat(validate.log()).doesNotContain("admin endpoint");
        }
    }

    @Test
    void unknownOptionsAndHelpStartNothing() throws IOException {
        try (Program extra = Program.start(folder, basic(), "extra");
                Program option = Program.start(folder, basic(), "--bogus");
                Program help = Program.start(folder, basic(), "--help")) {
            assertThat(extra.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(option.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(help.exitCode()).isEqualTo(ExitCode.OK);
            assertThat(extra.log() + option.log() + help.log()).doesNotContain("admin endpoint");
        }
    }

    @Test
    void allProblemsAreReportedAtOnceAndNothingStarts() {
        try (Program program = Program.start(folder, """
                admni: {}
                supervisor:
                  workers:
                  - {name: web, exec: sleep, replcias: 3, signal_timeout: 10}
                """)) {
            assertThat(program.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(program.log())
                    .contains("it has 3 problems")
                    .contains("pool.yaml:1: admni: unknown key; did you mean 'admin'?")
                    .contains("replcias: unknown key; did you mean 'replicas'?")
                    .contains("signal_timeout: '10'")
                    .doesNotContain("admin endpoint");
        }
    }

    @Test
    void anUnknownOptionIsReportedWithSuggestions() {
        try (Program program = Program.start(folder, "supervisor: {workers: []}", "--valdate")) {
            assertThat(program.exitCode()).isEqualTo(ExitCode.USAGE);
            program.awaitLog("--validate");
        }
    }

    @Test
    void proxyModeWithoutABalancerStartsNothing() {
        try (Program program = Program.start(folder, PROXIED);
                Program validate = Program.start(folder, PROXIED, "--validate")) {
            assertThat(program.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(program.log())
                    .contains("error: supervisor.workers[web].server: there is no balancer on the class path")
                    .contains("scripts/build")
                    .doesNotContain("naps-0");
            assertThat(validate.exitCode()).isEqualTo(ExitCode.USAGE);
        }
    }

    @Test
    void aTakenAdminPortIsReportedAndNothingStarts() {
        String naps = "supervisor: {workers: [{name: naps, exec: sleep, args: ['1000']}]}";
        try (Program first = Program.start(folder, naps)) {
            first.awaitReady("naps", 1);
            String port = first.log().replaceFirst("(?s).*admin endpoint at http://127.0.0.1:(\\d+).*", "$1");

            try (Program second = Program.start(folder, "admin: {port: " + port + "}\n" + naps)) {
                assertThat(second.exitCode()).isEqualTo(ExitCode.USAGE);
                assertThat(second.log())
                        .contains("cannot listen on 127.0.0.1:" + port)
                        .contains("change admin.port")
                        .doesNotContain("naps-0");
            }
        }
    }

    @Test
    void poolsStartConcurrently() {
        try (Program program = Program.start(folder, """
                supervisor:
                  workers:
                  - {name: never-ready, exec: sleep, args: ["1000"], ready: {tcp: "127.0.0.1:1"}}
                  - {name: naps, replicas: 2, exec: sleep, args: ["1000"]}
                """)) {
            program.awaitReady("naps", 2);

            assertThat(program.pids("never-ready")).isEmpty();
        }
    }
}
