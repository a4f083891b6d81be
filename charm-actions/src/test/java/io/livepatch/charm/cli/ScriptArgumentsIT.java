package io.livepatch.charm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Unknown arguments of the scripts. Each program that the scripts call is replaced by a script that only records
 * its call; the argument checks of those programs have their own tests.
 */
class ScriptArgumentsIT {
    private static final List<String> NOTED_SCRIPTS = List.of("juju", "livepatch-admin", "livepatch-client");
    private static final List<String> NOTED_PROGRAMS =
            List.of("mvn", "apt-get", "sudo", "unshare", "nginx", "setsid", "python3", "systemctl");

    private Path root = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        root = Files.createTempDirectory("lpscripts");
        try (Stream<Path> files = Files.walk(Path.of("../scripts"))) {
            for (Path file : files.toList()) {
                Path target =
                        root.resolve("scripts").resolve(Path.of("../scripts").relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
        for (String script : NOTED_SCRIPTS) {
            note(root.resolve("scripts").resolve(script));
        }
        Files.createDirectories(root.resolve("bin"));
        for (String program : NOTED_PROGRAMS) {
            note(root.resolve("bin").resolve(program));
        }
        Files.createDirectories(root.resolve("home/demo"));
        Files.writeString(root.resolve("home/model.json"), "{}");
        Files.createDirectories(root.resolve("samples"));
    }

    @AfterEach
    void delete() {
        FileTrees.delete(root);
    }

    private void note(Path file) throws IOException {
        Files.writeString(
                file, "#!/bin/sh\necho \"$(basename \"$0\") $*\" >>'" + root + "/called'\nexit \"${NOTED_EXIT:-0}\"\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private ExternalProgram command(List<String> words) {
        return ExternalProgram.of(words.toArray(String[]::new))
                .withEnvironment("LIVEPATCH_HOME", root.resolve("home").toString())
                .withEnvironment("XDG_CACHE_HOME", root.resolve("samples").toString())
                .withEnvironment("PATH", root.resolve("bin") + ":" + System.getenv("PATH"))
                .withTimeout(Duration.ofMinutes(1));
    }

    private ExternalProgram script(String line) {
        List<String> words = new ArrayList<>(List.of(line.split(" ")));
        words.set(0, root.resolve("scripts").resolve(words.getFirst()).toString());
        return command(words);
    }

    private List<String> called() throws IOException {
        Path called = root.resolve("called");
        return Files.exists(called) ? Files.readAllLines(called) : List.of();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "up extra",
                "up --no-build --bogus",
                "up --systemd extra",
                "up --store",
                "down extra",
                "down --bogus",
                "down --purge extra",
                "down --purge --yes extra",
                "down --purge --force",
                "down --yes",
                "build --bogus",
                "build --force extra",
                "aot extra",
                "dist extra",
                "dist --bogus",
                "s3-server extra",
                "s3-server --port",
                "s3-server --port 0",
                "s3-server --port 65536",
                "s3-server --port 12x",
                "make-patch",
                "make-patch --bogus",
                "make-patch --size few livepatch-5.15.0-107-generic-1.1-amd64.tar.bz2",
                "make-patch --size 10 patch.tar.bz2",
                "sample-patches extra",
                "sample-patches --no-apt --bogus",
                "soak 1 1 1 1",
                "soak some",
                "soak --bogus",
                "soak 0 0 0",
                "test clean",
                "test -pl storage install",
                "test --bogus",
                "test -pl",
                "bench",
                "bench everything",
                "bench http extra",
                "bench http --bogus 1",
                "bench http --rounds",
                "bench http --rounds few",
                "bench store --json",
                "bench stack --outage 0",
                "bench stack-idle --seconds 0",
                "livepatch-systemd",
                "livepatch-systemd start",
                "livepatch-systemd print extra",
                "fleet init a b",
                "fleet init --bogus"
            })
    void unknownArgumentsAreRefusedBeforeAnythingIsDone(String line) throws IOException {
        ExternalProgram.Output refused = script(line).run();

        assertThat(refused.exit()).as(refused.stderr()).isEqualTo(2);
        assertThat(refused.stderr()).isNotBlank();
        assertThat(called()).isEmpty();
        assertThat(root.resolve("home/demo")).exists();
        assertThat(root.resolve("samples")).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "up --no-build --help",
                "up extra -h",
                "down --help",
                "down --purge --help",
                "down --purge --yes -h",
                "build --force --help",
                "aot --help",
                "dist --help",
                "s3-server --port 1 --help",
                "make-patch --help",
                "sample-patches --no-apt --help",
                "soak 1 --help",
                "test -pl storage --help",
                "bench --help",
                "bench http --rounds 1 --help",
                "livepatch-systemd print --help",
                "fleet init --help"
            })
    void helpInAnyPositionIsPrintedWithoutOtherEffects(String line) throws IOException {
        ExternalProgram.Output help = script(line).run();

        assertThat(help.exit()).as(help.stderr()).isZero();
        assertThat(help.stdout()).contains("scripts/");
        assertThat(called()).isEmpty();
        assertThat(root.resolve("home/demo")).exists();
    }

    @Test
    void withoutATerminalAPurgeNeedsYes() throws IOException {
        ExternalProgram.Output refused = script("down --purge").withInput("y\n").run();

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.stderr()).contains("nothing was deleted").contains("--yes");
        assertThat(called()).isEmpty();
        assertThat(root.resolve("home/demo")).exists();

        assertThat(script("down --purge --yes").run().exit()).isZero();
        assertThat(called()).containsExactly("juju destroy-model --no-prompt", "juju shutdown");
        assertThat(root.resolve("home/demo")).doesNotExist();
    }

    private ExternalProgram.Output onTerminal(String line, String answer) {
        return command(List.of(
                        "script",
                        "--quiet",
                        "--return",
                        "--echo",
                        "never",
                        "--command",
                        root.resolve("scripts") + "/" + line,
                        "/dev/null"))
                .withInput(answer + "\n")
                .run();
    }

    @Test
    void onATerminalJujuAsksForTheConfirmation() throws IOException {
        ExternalProgram.Output kept = command(List.of(
                        "env", "NOTED_EXIT=1", root.resolve("scripts/down").toString(), "--purge"))
                .run();
        assertThat(kept.exit()).isEqualTo(2);

        assertThat(onTerminal("down --purge", "y").exit()).isZero();
        assertThat(called()).containsExactly("juju destroy-model", "juju shutdown");
    }

    @Test
    void aDeclinedConfirmationDeletesNothing() throws IOException {
        Files.delete(root.resolve("home/model.json"));

        ExternalProgram.Output kept = onTerminal("down --purge", "n");
        assertThat(kept.exit()).isEqualTo(1);
        assertThat(kept.stdout()).contains("this deletes the demo machine").contains("nothing was deleted");
        assertThat(called()).isEmpty();
        assertThat(root.resolve("home/demo")).exists();

        assertThat(onTerminal("down --purge", "y").exit()).isZero();
        assertThat(root.resolve("home/demo")).doesNotExist();
    }

    @Test
    void patchesThatTheSamplesWereNotMadeFromAreKept() throws IOException {
        Path own = root.resolve("samples/livepatch-5.15.0-1.1-generic-1.1-amd64.tar.bz2");
        Files.writeString(own, "the operator's");

        ExternalProgram.Output refused = script("sample-patches --no-apt --out " + root.resolve("samples"))
                .run();

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.stderr()).contains(own.toString()).contains("was not made by this script");
        assertThat(own).hasContent("the operator's");
    }

    /** lib.sh names the operator's own home; a stack that was not begun has none to purge. */
    @Test
    void aBenchThatFailsEarlyPurgesNothing() throws IOException {
        note(root.resolve("scripts/build"));
        for (String program : List.of("wrk", "curl", "jq", "ss")) {
            note(root.resolve("bin").resolve(program));
        }
        Files.writeString(root.resolve("bin/nginx"), "#!/bin/sh\necho nginx >>'" + root + "/called'\nexit 1\n");

        assertThat(script("bench store --rounds 1 --seconds 1").run().exit()).isNotZero();

        assertThat(called()).containsExactly("build ", "nginx");
        assertThat(root.resolve("home/demo")).exists();
    }
}
