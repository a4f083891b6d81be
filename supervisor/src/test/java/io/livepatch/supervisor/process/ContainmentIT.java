package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that leave their session, in this machine's cgroups. */
@Requires(MemoryCgroups.class)
class ContainmentIT {

    /** Leaves the session of its worker, as daemons do, and prints its pid. */
    private static final String DAEMON = "setsid sh -c 'echo $$; exec sleep 1000' & sleep 1000";
    /** Doubles a string until memory runs out, at most to a gigabyte of addresses. */
    private static final String HOG = "ulimit -v 1000000; exec awk 'BEGIN { s = \"x\"; while (1) s = s s }'";

    private static final long LIMIT = 32 << 20;

    @TempDir
    Path folder;

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void close() {
        started.forEach(Process::destroyForcibly);
        processes.close();
    }

    private TestProcess limited(String script) {
        TestProcess sample = new TestProcess(true);
        processes.launch(
                sample.start(
                        ProcessEnvironment.PLAIN,
                        List.of("sh", "-c", script),
                        OptionalLong.of(LIMIT),
                        OptionalInt.empty()),
                sample);
        return sample;
    }

    /** Zombies are not alive; init may reap them later. */
    private static boolean alive(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    /** The cgroups of a process. */
    private static String groups(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"));
    }

    @Test
    void aWorkerAtItsHardLimitIsKilledAndTheExitStatusTellsWhy() {
        assertThat(limited(HOG).awaitExit()).hasToString("signal KILL (out of memory at its hard limit of 32 MiB)");
    }

    @Test
    void theMemoryOfAChildCountsAndItsKillIsReported() {
        TestProcess sample = limited("sh -c '" + HOG.replace("'", "'\\''") + "'; exit 3");

        assertThat(sample.awaitExit()).hasToString("exit code 3 (out of memory at its hard limit of 32 MiB)");
    }

    @Test
    void aWorkerBelowItsLimitOrWithoutOneIsNotReportedOutOfMemory() {
        assertThat(limited("exit 4").awaitExit()).hasToString("exit code 4");
        assertThat(TestProcess.of(processes, "sh", "-c", "kill -9 $$").awaitExit())
                .hasToString("signal KILL");
    }

    @Test
    void aWorkerIsInItsGroupFromItsFirstInstructionAndTheGroupGoesWithIt() throws IOException {
        TestProcess sample = TestProcess.of(processes, "sh", "-c", "cat /proc/self/cgroup; echo; exec sleep 1000");
        String name = "sample-0." + sample.pid();
        await("its output").until(() -> sample.written().endsWith("\n\n"));
        Path group = find(name);

        assertThat(sample.written()).contains("/" + name + "\n");
        sample.kill();
        sample.awaitExit();
        assertThat(group).doesNotExist();
    }

    private static Path find(String name) throws IOException {
        try (var all = Files.find(Path.of("/sys/fs/cgroup"), 12, (path, is) -> path.endsWith(name))) {
            return all.findFirst().orElseThrow();
        }
    }

    @Test
    void aDaemonThatLeftTheSessionDiesWithItsWorker() throws IOException {
        TestProcess sample = TestProcess.of(processes, "sh", "-c", DAEMON);
        long daemon = Long.parseLong(sample.firstLine());
        assertThat(Procfs.sessions(Set.of(sample.pid())).get(sample.pid())).noneMatch(member -> member.pid() == daemon);

        sample.kill();

        sample.awaitExit();
        assertThat(alive(daemon)).isFalse();
    }

    @Test
    void inAGracefulStopADaemonIsTerminatedWithTheStopTimeout() {
        TestProcess sample = TestProcess.of(
                processes,
                "sh",
                "-c",
                "setsid sh -c 'trap \"echo bye; exit\" TERM; echo up; while :; do sleep 0.1; done' & sleep 1000");
        assertThat(sample.firstLine()).isEqualTo("up");
        Path bye = folder.resolve("bye");
        assertThat(bye).doesNotExist();

        sample.running.join().terminate("TERM");

        sample.awaitExit();
        await("the daemon's last output").until(() -> sample.written().contains("bye"));
    }

    /** Each process starts the next one in a new session and ends at once. */
    @Test
    void aProcessThatKeepsChangingSessionsIsKilled() throws IOException {
        Path hopper = folder.resolve("hopper");
        Files.writeString(hopper, "#!/bin/sh\nsetsid \"$0\" &\n");
        Files.setPosixFilePermissions(hopper, PosixFilePermissions.fromString("rwx------"));
        TestProcess sample =
                TestProcess.of(processes, "sh", "-c", "for i in 1 2 3; do " + hopper + "; done; echo up; sleep 1000");
        assertThat(sample.firstLine()).isEqualTo("up");
        Path group = find("sample-0." + sample.pid());

        sample.kill();
        sample.awaitExit();

        // The kernel removes only empty cgroups.
        assertThat(group).doesNotExist();
    }

    @Test
    void aCheckCommandHasNoGroupOfItsOwn() throws IOException {
        TestProcess worker = TestProcess.of(processes, "sleep", "1000");
        worker.pid();
        TestProcess check = new TestProcess(true);
        Processes.Start start = check.start(ProcessEnvironment.PLAIN, List.of("sleep", "1000"));
        processes.launch(start.withCommand("check", start.command(), Duration.ofSeconds(1), check), check);

        assertThat(groups(check.pid())).isEqualTo(groups(ProcessHandle.current().pid()));
        assertThat(groups(worker.pid())).isNotEqualTo(groups(check.pid()));
        check.kill();
        worker.kill();
    }

    /** Starts a JVM that supervises a {@link #DAEMON}; {@code pids} gets the pids of the daemon and the reaper. */
    private Process doomed(List<Long> pids) throws IOException {
        Process jvm = new ProcessBuilder(TestProcess.java(Doomed.class, DAEMON))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(jvm);
        for (String pid : jvm.inputReader().readLine().split(" ", -1)) {
            pids.add(Long.parseLong(pid));
        }
        return jvm;
    }

    private static List<Path> homes(long jvm) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String line : groups(ProcessHandle.current().pid()).lines().toList()) {
            String group = line.split(":", 3)[2];
            try (DirectoryStream<Path> controllers = Files.newDirectoryStream(Path.of("/sys/fs/cgroup"))) {
                for (Path controller : controllers) {
                    Path own = Path.of(controller + group);
                    if (Files.isDirectory(own)) {
                        try (DirectoryStream<Path> homes = Files.newDirectoryStream(own, "supervisor-" + jvm + "-*")) {
                            homes.forEach(found::add);
                        }
                    }
                }
            }
        }
        return found;
    }

    @Test
    void aDaemonDoesNotOutliveAKilledSupervisor() throws IOException {
        List<Long> pids = new ArrayList<>();
        Process jvm = doomed(pids);
        assertThat(homes(jvm.pid())).isNotEmpty();

        jvm.destroyForcibly();

        await("the daemon has ended").until(() -> !alive(pids.getFirst()));
        await("its supervisor's cgroups are removed")
                .until(() -> homes(jvm.pid()).isEmpty());
    }

    @Test
    void theNextSupervisorCleansUpAfterOneThatDiedWithItsReaper() throws IOException {
        List<Long> pids = new ArrayList<>();
        Process jvm = doomed(pids);
        // Stopped first, so that it cannot clean up before it is killed.
        ProcessHandle reaper = ProcessHandle.of(pids.get(1)).orElseThrow();
        new ProcessBuilder("kill", "-STOP", Long.toString(reaper.pid()))
                .start()
                .onExit()
                .join();
        jvm.destroyForcibly().onExit().join();
        reaper.destroyForcibly();
        reaper.onExit().join();
        assertThat(alive(pids.getFirst())).isTrue();

        LinuxProcesses.start().close();

        assertThat(alive(pids.getFirst())).isFalse();
        assertThat(homes(jvm.pid())).isEmpty();
    }

    /** Supervises one script, prints its first line and the pid of the reaper, and waits to be killed. */
    static final class Doomed {

        private Doomed() {}

        public static void main(String[] args) throws IOException {
            LinuxProcesses processes = LinuxProcesses.start();
            TestProcess sample = TestProcess.of(processes, "sh", "-c", args[0]);
            System.out.println(
                    sample.firstLine() + " " + processes.reaper().orElseThrow().pid());
            // Ends by itself if the test's JVM has ended.
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
