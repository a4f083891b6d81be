package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.livepatch.supervisor.ProcessEnvironment;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that would like to get away, in the cgroups that this machine has. */
class ContainmentIT {

    /** Leaves the session of its worker, as daemons do, and says its pid. */
    private static final String DAEMON = "setsid sh -c 'echo $$; exec sleep 1000' & sleep 1000";
    /** Doubles a string until there is no memory; by itself it ends at a gigabyte of addresses. */
    private static final String HOG = "ulimit -v 1000000; exec awk 'BEGIN { s = \"x\"; while (1) s = s s }'";

    private static final long LIMIT = 32 << 20;

    @TempDir
    Path folder;

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void needsCgroups() {
        assumeTrue(processes.remarks().isEmpty(), () -> "no cgroups here: " + processes.remarks());
    }

    @AfterEach
    void close() {
        started.forEach(Process::destroyForcibly);
        processes.close();
    }

    private Sample limited(String script) {
        Sample sample = new Sample(true);
        processes.launch(
                sample.start(
                        ProcessEnvironment.PLAIN,
                        List.of("sh", "-c", script),
                        OptionalLong.of(LIMIT),
                        OptionalInt.empty()),
                sample);
        return sample;
    }

    /** A zombie is not: it waits for init, which may take its time. */
    private static boolean alive(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    /** The directory of the group that a process is in, seen from the only mount there is of it. */
    private static String groups(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"));
    }

    @Test
    void atItsHardLimitAWorkerIsKilledAndTheExitSaysWhy() {
        assertThat(limited(HOG).awaitExit()).hasToString("signal KILL (out of memory at its hard limit of 32 MiB)");
    }

    @Test
    void aChildCountsTooAndItsDeathIsTold() {
        Sample sample = limited("sh -c '" + HOG.replace("'", "'\\''") + "'; exit 3");

        assertThat(sample.awaitExit()).hasToString("exit code 3 (out of memory at its hard limit of 32 MiB)");
    }

    @Test
    void whoStaysBelowItsLimitOrHasNoneIsNotSaidToBeOutOfMemory() {
        assertThat(limited("exit 4").awaitExit()).hasToString("exit code 4");
        assertThat(Sample.of(processes, "sh", "-c", "kill -9 $$").awaitExit()).hasToString("signal KILL");
    }

    @Test
    void aWorkerIsInItsGroupFromItsFirstInstructionAndTheGroupGoesWithIt() throws IOException {
        Sample sample = Sample.of(processes, "sh", "-c", "cat /proc/self/cgroup; echo; exec sleep 1000");
        String name = "sample-0." + sample.pid();
        await("it has spoken").until(() -> sample.written().endsWith("\n\n"));
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
    void aDaemonThatLeftTheSessionDiesWithItsWorker() {
        Sample sample = Sample.of(processes, "sh", "-c", DAEMON);
        long daemon = Long.parseLong(sample.firstLine());
        assertThat(new ProcessSession(sample.pid()).members()).noneMatch(member -> member.pid() == daemon);

        sample.kill();

        sample.awaitExit();
        assertThat(alive(daemon)).isFalse();
    }

    @Test
    void inAGracefulStopADaemonIsToldAndHasTheGrace() {
        Sample sample = Sample.of(
                processes,
                "sh",
                "-c",
                "setsid sh -c 'trap \"echo bye; exit\" TERM; echo up; while :; do sleep 0.1; done' & sleep 1000");
        assertThat(sample.firstLine()).isEqualTo("up");
        Path bye = folder.resolve("bye");
        assertThat(bye).doesNotExist();

        sample.running.join().terminate("TERM");

        sample.awaitExit();
        await("the daemon's last word").until(() -> sample.written().contains("bye"));
    }

    /** Each makes the next in a session of its own and ends; none lives for more than a moment. */
    @Test
    void whatRunsFromSessionToSessionIsCaught() throws IOException {
        Path hopper = folder.resolve("hopper");
        Files.writeString(hopper, "#!/bin/sh\nsetsid \"$0\" &\n");
        Files.setPosixFilePermissions(hopper, PosixFilePermissions.fromString("rwx------"));
        Sample sample =
                Sample.of(processes, "sh", "-c", "for i in 1 2 3; do " + hopper + "; done; echo up; sleep 1000");
        assertThat(sample.firstLine()).isEqualTo("up");
        Path group = find("sample-0." + sample.pid());

        sample.kill();
        sample.awaitExit();

        // The kernel removes only what is empty.
        assertThat(group).doesNotExist();
    }

    @Test
    void aCheckCommandHasNoGroupOfItsOwn() throws IOException {
        Sample worker = Sample.of(processes, "sleep", "1000");
        worker.pid();
        Sample check = new Sample(true);
        Processes.Start start = check.start(ProcessEnvironment.PLAIN, List.of("sleep", "1000"));
        processes.launch(start.of("check", start.command(), Duration.ofSeconds(1), check), check);

        assertThat(groups(check.pid())).isEqualTo(groups(ProcessHandle.current().pid()));
        assertThat(groups(worker.pid())).isNotEqualTo(groups(check.pid()));
        check.kill();
        worker.kill();
    }

    /** Starts a JVM that supervises a {@link #DAEMON}, and answers it with the daemon's and the warden's pid in {@code pids}. */
    private Process doomed(List<Long> pids) throws IOException {
        Process jvm = new ProcessBuilder(Sample.java(Doomed.class, DAEMON))
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

        await("the daemon is gone").until(() -> !alive(pids.getFirst()));
        await("and its supervisor's groups").until(() -> homes(jvm.pid()).isEmpty());
    }

    @Test
    void whatASupervisorLeftThatDiedWithItsWardenIsSweptUpByTheNext() throws IOException {
        List<Long> pids = new ArrayList<>();
        Process jvm = doomed(pids);
        // First stopped, so that it cannot do its work before it is killed.
        ProcessHandle warden = ProcessHandle.of(pids.get(1)).orElseThrow();
        new ProcessBuilder("kill", "-STOP", Long.toString(warden.pid()))
                .start()
                .onExit()
                .join();
        jvm.destroyForcibly().onExit().join();
        warden.destroyForcibly();
        warden.onExit().join();
        assertThat(alive(pids.getFirst())).isTrue();

        LinuxProcesses.start().close();

        assertThat(alive(pids.getFirst())).isFalse();
        assertThat(homes(jvm.pid())).isEmpty();
    }

    /** Supervises one script, prints its first line and the pid of the warden, and waits to be killed. */
    static final class Doomed {

        private Doomed() {}

        public static void main(String[] args) throws IOException {
            LinuxProcesses processes = LinuxProcesses.start();
            Sample sample = Sample.of(processes, "sh", "-c", args[0]);
            System.out.println(
                    sample.firstLine() + " " + processes.reaper().orElseThrow().pid());
            // Ends by itself, should the test's own JVM be gone.
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
