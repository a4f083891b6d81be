package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.process.Processes.CannotStartException;
import io.livepatch.testing.ChildJvm;
import io.livepatch.testing.Requires;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The environment of a real process, as it sees it. */
@Requires(Requires.Root.class)
class ProcessEnvironmentIT {

    private static final Optional<String> NONE = Optional.empty();
    /** As in {@code SigIgn} of {@code /proc/PID/status}: bit N is signal N + 1. */
    private static final long HUP_USR1_TERM = 1L | 1L << 9 | 1L << 14;

    private final LinuxProcesses processes = LinuxProcesses.start();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        processes.close();
    }

    private static ProcessEnvironment around(
            Optional<String> user, Optional<String> umask, OptionalInt nice, Optional<String> cpus) {
        return new ProcessEnvironment(Map.of(), true, Path.of("/"), user, umask, nice, cpus, "KILL");
    }

    private String output(ProcessEnvironment processEnvironment, OptionalInt openFiles, String script) {
        TestProcess sample = new TestProcess(true);
        processes.launch(
                sample.start(processEnvironment, List.of("sh", "-c", script), OptionalLong.empty(), openFiles), sample);
        return sample.output().strip();
    }

    private String output(ProcessEnvironment processEnvironment, String script) {
        return output(processEnvironment, OptionalInt.empty(), script);
    }

    @Test
    void anotherUserHasItsOwnGroupsAndNoneOfRoot() {
        ProcessEnvironment nobody = ProcessEnvironment.PLAIN.withUser("nobody");

        assertThat(output(nobody, "id -un; id -gn; id -Gn")).isEqualTo("nobody\nnogroup\nnogroup");
    }

    @Test
    void theUmaskOfTheCommandIsSet() {
        String show = "umask";

        assertThat(output(around(NONE, Optional.of("027"), OptionalInt.empty(), NONE), show))
                .isEqualTo("0027");
        assertThat(output(around(NONE, Optional.of("0777"), OptionalInt.empty(), NONE), show))
                .isEqualTo("0777");
    }

    /** When memory runs out, the kernel must not kill the supervisor, with which all workers would end. */
    @Test
    void aWorkerIsKilledForMemoryBeforeTheSupervisor() throws Exception {
        int ours = Integer.parseInt(
                Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
        String show = "cat /proc/self/oom_score_adj";

        assertThat(output(ProcessEnvironment.PLAIN, show)).isEqualTo(Integer.toString(ours + 100));
        assertThat(output(ProcessEnvironment.PLAIN.withUser("nobody"), show)).isEqualTo(Integer.toString(ours + 100));
    }

    /** As a supervisor that was started by nohup, which ignores SIGHUP. */
    @Test
    void aWorkerHasDefaultSignalDispositions() throws Exception {
        List<String> ignoring = List.of("sh", "-c", "trap '' HUP TERM USR1; exec \"$@\"", "sh");

        try (ChildJvm supervisor = ChildJvm.start(IgnoredSignals.class, ignoring, List.of())) {
            // What started the tests may ignore more signals, such as SIGINT of a shell's background job.
            assertThat(Long.parseLong(supervisor.line().substring("own: ".length()), 16) & HUP_USR1_TERM)
                    .isEqualTo(HUP_USR1_TERM);
            assertThat(supervisor.line()).isEqualTo("worker: 0");
        }
    }

    @Test
    void nicenessIsAddedAndMayBeNegativeForAnotherUser() {
        int ours = Integer.parseInt(output(ProcessEnvironment.PLAIN, "nice"));

        assertThat(output(around(NONE, NONE, OptionalInt.of(3), NONE), "nice")).isEqualTo(Integer.toString(ours + 3));
        assertThat(output(around(Optional.of("nobody"), NONE, OptionalInt.of(-2), NONE), "id -un; nice"))
                .isEqualTo("nobody\n" + (ours - 2));
    }

    @Test
    void aWorkerRunsOnItsCpuSet() {
        ProcessEnvironment first = around(NONE, NONE, OptionalInt.empty(), Optional.of("0"));

        assertThat(output(first, "grep Cpus_allowed_list /proc/self/status")).isEqualTo("Cpus_allowed_list:\t0");
    }

    @Test
    void theLimitOfOpenFilesIsBothSoftAndHardForAnotherUserToo() throws Exception {
        int ours = (int) Procfs.ResourceLimits.read(Path.of("/proc/self"))
                .hardOpenFiles()
                .orElse(1 << 20);
        ProcessEnvironment nobody = ProcessEnvironment.PLAIN.withUser("nobody");

        assertThat(output(nobody, OptionalInt.of(77), "ulimit -Sn; ulimit -Hn")).isEqualTo("77\n77");
        assertThat(output(nobody, OptionalInt.of(ours), "ulimit -Sn; id -un")).isEqualTo(ours + "\nnobody");
    }

    @Test
    void allSettingsTogetherResultInOneProcess() {
        ProcessEnvironment all = around(Optional.of("nobody"), Optional.of("077"), OptionalInt.of(1), Optional.of("0"));
        TestProcess sample = new TestProcess(true);
        List<String> command = List.of("sh", "-c", "echo $$ $PPID; umask; ulimit -n; exec sleep 1000");
        processes.launch(sample.start(all, command, OptionalLong.empty(), OptionalInt.of(99)), sample);

        assertThat(sample.firstLine())
                .isEqualTo(sample.pid() + " " + ProcessHandle.current().pid());
        sample.kill();
        assertThat(sample.output()).endsWith("0077\n99\n");
    }

    @Test
    void impossibleSettingsAreRefusedWithAReason() {
        assertThatThrownBy(() -> output(around(NONE, NONE, OptionalInt.empty(), Optional.of("4000")), "true"))
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("of the processors 4000 none is online; there are 0");
        assertThatThrownBy(() -> output(ProcessEnvironment.PLAIN, OptionalInt.of(Integer.MAX_VALUE), "true"))
                .hasMessageContaining("a limit of 2147483647 open files is more than user 'root' may give, which is ");
        assertThatThrownBy(() -> output(ProcessEnvironment.PLAIN.withUser("no-such-user"), "true"))
                .hasMessageContaining("there is no user 'no-such-user'");
    }

    /** A system may lack wrappers that no setting uses. */
    @Test
    void aWrapperIsRequiredOnlyByTheSettingsThatUseIt() throws Exception {
        for (String name : List.of("sh", "env", "setsid", "setpriv", "id")) {
            Files.copy(Path.of("/usr/bin", name), folder.resolve(name));
        }
        CommandLine commandLine = new CommandLine(SystemTools.find(List.of(folder)));
        TestProcess sample = new TestProcess(true);
        List<String> command = List.of("sh");

        assertThat(commandLine.of(sample.start(ProcessEnvironment.PLAIN, command)))
                .startsWith(folder.resolve("setsid").toString());
        assertThatThrownBy(() -> commandLine.of(sample.start(around(NONE, NONE, OptionalInt.of(1), NONE), command)))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("a niceness needs 'nice'")
                .hasMessageEndingWith("install coreutils");
        assertThatThrownBy(() -> commandLine.of(
                        sample.start(around(NONE, NONE, OptionalInt.empty(), Optional.of("0")), command)))
                .hasMessageContaining("a CPU set needs 'taskset'")
                .hasMessageEndingWith("install util-linux");
        assertThatThrownBy(() -> commandLine.of(
                        sample.start(ProcessEnvironment.PLAIN, command, OptionalLong.empty(), OptionalInt.of(5))))
                .hasMessageContaining("a limit of open files needs 'prlimit'")
                .hasMessageEndingWith("install util-linux");
    }
}
