package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A stack as a service of systemd. A script stands in for {@code systemctl}: it records its calls, and starts the unit's
 * {@code ExecStart} with the unit's environment.
 */
final class SystemdIT {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final String SUPERVISOR = "io.livepatch.supervisor.cli.Main";
    private static final String SYSTEMCTL = """
            #!/usr/bin/env bash
            here=$(dirname "$0")
            [ -e "$here/reachable" ] || { echo "not booted with systemd" >&2; exit 1; }
            [ "$1" != --user ] || shift
            echo "$*" >>"$here/calls"
            case $1 in
              is-active) exec kill -0 "$(cat "$here/pid")" ;;
              start)
                unit=$here/units/$2
                (
                  eval "export $(sed -n 's/^Environment=//p' "$unit" | tr '\\n' ' ')"
                  cd /
                  eval "$(sed -n 's/^ExecStart=/setsid /p' "$unit")"
                  echo "$?" >>"$here/exits"
                ) </dev/null >>"$here/log" 2>&1 &
                echo $! >"$here/pid"
                ;;
            esac
            """;

    private final TestModel model;
    private final Path service;
    private final Scripts scripts;

    SystemdIT() throws IOException {
        model = TestModel.create();
        service = Files.createDirectory(model.work().resolve("systemd"));
        Path systemctl = Files.writeString(service.resolve("systemctl"), SYSTEMCTL);
        Files.setPosixFilePermissions(systemctl, PosixFilePermissions.fromString("rwxr-xr-x"));
        scripts = model.scripts()
                .with(Map.of(
                        "PATH",
                        service + ":" + System.getenv("PATH"),
                        "LIVEPATCH_UNIT_DIRECTORY",
                        service.resolve("units").toString(),
                        "LIVEPATCH_METRICS_PORT",
                        "off"));
    }

    private Path unitFile() throws IOException {
        try (Stream<Path> files = Files.list(service.resolve("units"))) {
            return files.findFirst().orElseThrow();
        }
    }

    private List<String> lines(String file) throws IOException {
        return Files.exists(service.resolve(file)) ? Files.readAllLines(service.resolve(file)) : List.of();
    }

    /** As systemd does after a crash, or at boot. */
    private void startService() {
        try {
            new ProcessBuilder(
                            service.resolve("systemctl").toString(),
                            "start",
                            unitFile().getFileName().toString())
                    .start()
                    .onExit()
                    .join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> supervisors() {
        return Processes.of(model.home()).stream()
                .filter(line -> line.contains(SUPERVISOR))
                .toList();
    }

    @Test
    void systemdRunsTheStackUntilItIsTakenDown() throws Exception {
        try (model) {
            Scripts.Outcome refused = scripts.run("up", "--no-build", "--systemd");
            assertThat(refused.exit()).isEqualTo(2);
            assertThat(refused.err()).contains("not booted with systemd", "Nothing was changed");
            assertThat(model.home()).doesNotExist();

            Files.createFile(service.resolve("reachable"));
            scripts.run("up", "--no-build", "--no-proof").expectSuccess();
            assertThat(lines("calls")).isEmpty();
            Scripts.Outcome up =
                    scripts.run("up", "--no-build", "--no-proof", "--systemd").expectSuccess();
            assertThat(up.err()).contains("stopping the stack for some seconds");
            String unit = unitFile().getFileName().toString();
            assertThat(lines("calls")).containsSubsequence("daemon-reload", "enable --quiet " + unit, "start " + unit);
            assertThat(supervisors()).hasSize(1).allMatch(line -> line.contains("/releases/"));
            verify();

            aKilledSupervisorIsStartedOnceBySystemdAndACommandTogether();

            scripts.run("juju", "shutdown").expectSuccess();
            await("an exit that systemd takes for success")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(lines("exits")).endsWith("0"));
            startService();
            scripts.run("juju", "wait-for", "--timeout", "3m").expectSuccess();

            scripts.run("juju", "shutdown").expectSuccess();
            assertThat(scripts.run("juju", "shutdown").expectSuccess().out()).contains("nothing to do");
            assertThat(lines("calls")).endsWith("stop " + unit);

            scripts.run("down").expectSuccess();
            assertThat(lines("calls")).contains("disable --quiet " + unit);
            assertThat(service.resolve("units")).isEmptyDirectory();
            assertThat(model.home().resolve("systemd-unit")).doesNotExist();
        }
    }

    private void verify() throws Exception {
        Process verification = new ProcessBuilder(
                        "systemd-analyze", "verify", unitFile().toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(verification.getInputStream().readAllBytes(), UTF_8))
                .isEmpty();
        assertThat(verification.waitFor()).isZero();
    }

    private void aKilledSupervisorIsStartedOnceBySystemdAndACommandTogether() {
        ProcessHandle.of(Processes.pid(model.home(), SUPERVISOR)).orElseThrow().destroyForcibly();
        await("all processes end with it")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(Processes.of(model.home())).isEmpty());
        CompletableFuture<Void> systemd = CompletableFuture.runAsync(this::startService);
        CompletableFuture<Scripts.Outcome> command =
                CompletableFuture.supplyAsync(() -> scripts.run("juju", "wait-for", "--timeout", "3m"));
        systemd.join();
        command.join().expectSuccess();
        assertThat(supervisors()).hasSize(1);
    }
}
