package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.testing.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that supervises is killed; none of its processes may outlive it. */
class ParentDeathIT {

    @TempDir
    Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatWasStarted() {
        started.forEach(Process::destroyForcibly);
    }

    /** Runs {@link DoomedSupervisor} and returns it when its worker is ready; {@code pids} gets the worker and the reaper. */
    private Process doomed(List<Long> pids, String... arguments) throws IOException {
        List<String> command = JavaCommand.testProgram(DoomedSupervisor.class);
        command.add(folder.toString());
        command.addAll(List.of(arguments));
        Process jvm = new ProcessBuilder(command)
                .redirectError(folder.resolve("jvm.err").toFile())
                .start();
        started.add(jvm);
        BufferedReader said = jvm.inputReader();
        String line = said.readLine();
        assertThat(line)
                .as("what the supervisor said; its errors: %s", TestProcesses.text(folder.resolve("jvm.err")))
                .isNotNull();
        for (String pid : line.split(" ", -1)) {
            pids.add(Long.parseLong(pid));
        }
        return jvm;
    }

    @Test
    void noGrandchildOutlivesAKilledSupervisor() throws IOException {
        List<Long> pids = new ArrayList<>();
        Process jvm = doomed(pids, "KILL", "-", "bash", "-c", "sleep 1000 & set -m; sleep 1001 & echo up; wait");
        TestProcesses.until(
                "the grandchildren are there",
                () -> TestProcesses.text(folder.resolve("doomed.log")).contains("up"));
        List<Long> family = TestProcesses.session(pids.getFirst());
        assertThat(family).hasSize(3);

        jvm.destroyForcibly();

        TestProcesses.until(
                "worker, grandchildren and reaper have ended",
                () -> family.stream().noneMatch(TestProcesses::alive) && !TestProcesses.alive(pids.get(1)));
    }

    @Test
    void theKernelKillsTheWorkerWhenTheReaperCannot() throws IOException {
        List<Long> pids = new ArrayList<>();
        Process jvm = doomed(pids, "KILL", "-", "sleep", "1000");
        TestProcesses.kill("STOP", pids.get(1));
        try {
            jvm.destroyForcibly();

            TestProcesses.until("the worker is gone", () -> !TestProcesses.alive(pids.getFirst()));
        } finally {
            TestProcesses.kill("KILL", pids.get(1));
        }
    }

    @Test
    void aKilledReaperIsReplacedAndKnowsAllSessions() throws IOException {
        List<Long> pids = new ArrayList<>();
        Process jvm = doomed(pids, "KILL", "-", "sh", "-c", "sleep 1000 & echo up; wait");
        TestProcesses.until(
                "the grandchild is there",
                () -> TestProcesses.text(folder.resolve("doomed.log")).contains("up"));
        List<Long> family = TestProcesses.session(pids.getFirst());
        TestProcesses.kill("KILL", pids.get(1));
        TestProcesses.until(
                "another reaper runs",
                () -> jvm.children()
                        .anyMatch(child -> child.pid() != pids.getFirst()
                                && child.pid() != pids.get(1)
                                && child.info().command().orElse("").endsWith("sh")));

        jvm.destroyForcibly();

        TestProcesses.until("no process is left", () -> family.stream().noneMatch(TestProcesses::alive));
    }

    @Test
    void aDeathSignalThatIsIgnoredIsFollowedByAKill() throws IOException {
        List<Long> pids = new ArrayList<>();
        Process jvm =
                doomed(pids, "INT", "-", "sh", "-c", "trap 'echo told' INT; echo up; while :; do sleep 0.1; done");
        TestProcesses.until(
                "the trap is set",
                () -> TestProcesses.text(folder.resolve("doomed.log")).contains("up"));

        jvm.destroyForcibly();

        TestProcesses.until("the worker is gone", () -> !TestProcesses.alive(pids.getFirst()));
    }

    @Test
    void postgresShutsDownFastWhenItsSupervisorIsKilled() throws Exception {
        Path bin = Path.of("/usr/lib/postgresql/15/bin");
        String user = "root".equals(System.getProperty("user.name")) ? "postgres" : System.getProperty("user.name");
        Path data = folder.resolve("data");
        Files.setPosixFilePermissions(folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectory(data);
        Files.setOwner(
                data, data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user));
        int initialised = new ProcessBuilder(
                        "setpriv",
                        "--reuid",
                        user,
                        "--regid",
                        user,
                        "--init-groups",
                        bin.resolve("initdb").toString(),
                        "-D",
                        data.toString(),
                        "-A",
                        "trust",
                        "--no-sync",
                        "-E",
                        "UTF8")
                .directory(new java.io.File("/"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("initdb.log").toFile())
                .start()
                .waitFor();
        assertThat(initialised)
                .as(TestProcesses.text(folder.resolve("initdb.log")))
                .isZero();
        List<Long> pids = new ArrayList<>();
        Process jvm = doomed(
                pids,
                "INT",
                user,
                bin.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-c",
                "listen_addresses=",
                "-c",
                "unix_socket_directories=" + data,
                "-c",
                "logging_collector=on",
                "-c",
                "log_filename=postgres.log");
        Path log = data.resolve("log/postgres.log");
        TestProcesses.until("postgres is up", () -> TestProcesses.text(log).contains("ready to accept connections"));

        jvm.destroyForcibly();

        TestProcesses.until("postgres is gone", () -> !TestProcesses.alive(pids.getFirst()));
        assertThat(TestProcesses.text(log))
                .contains("received fast shutdown request")
                .contains("database system is shut down");
    }

    /** A supervisor with one pool; prints the pids of its worker and its reaper, and waits to be killed. */
    static final class DoomedSupervisor {

        private DoomedSupervisor() {}

        public static void main(String[] args) throws IOException {
            Path folder = Path.of(args[0]);
            ProcessEnvironment anybody = ProcessEnvironment.PLAIN.withParentDeathSignal(args[1]);
            PoolSpec spec = PoolSpec.of("doomed", List.of(args).subList(3, args.length))
                    .log(folder.resolve("doomed.log"))
                    .surroundings("-".equals(args[2]) ? anybody : anybody.withUser(args[2]))
                    .stop("TERM", Duration.ofSeconds(args[3].endsWith("postgres") ? 60 : 1))
                    .build();
            Supervisor supervisor = Supervisor.start();
            Pool pool = supervisor.run(spec, PoolEvent.Listener.none());
            TestProcesses.untilReady(pool);
            System.out.println(TestProcesses.pid(pool, 0) + " "
                    + supervisor.reaper().orElseThrow().pid());
            // Ends by itself if the test's JVM has ended.
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
