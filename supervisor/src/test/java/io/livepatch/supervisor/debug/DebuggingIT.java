package io.livepatch.supervisor.debug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.debug.Debugging.Report;
import io.livepatch.supervisor.debug.Debugging.Requester;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DebuggingIT {

    private static final Requester STAYS = () -> false;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Debugging debugging = new Debugging(LONG, LONG, 1 << 20);

    @TempDir
    private Path folder;

    private static String text(Report report) throws IOException {
        try (report;
                var in = report.open()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void assertAllReports(long pid) throws IOException {
        assertThat(text(debugging.threads(pid, STAYS)))
                .contains("BusyProgram.main")
                .contains("\"main\"");
        assertThat(text(debugging.virtualThreads(pid, STAYS))).contains("\"quiet one\"");
        assertThat(text(debugging.heap(pid, false, STAYS))).contains("java.lang.String");
        assertThat(text(debugging.heap(pid, true, STAYS))).contains("java.lang.String");
        assertThat(text(debugging.profile(pid, SECOND, STAYS)))
                .containsPattern("(?m)^io.livepatch.supervisor.debug.BusyProgram.main(;\\S+)? \\d+$");
    }

    @Test
    void reportsOfAJvm() throws IOException {
        try (BusyJvm child = BusyJvm.start(folder)) {
            assertAllReports(child.pid());
        }
    }

    @Test
    @Requires(Requires.Root.class)
    void reportsOfAJvmOfAnotherUser() throws IOException {
        try (BusyJvm child =
                BusyJvm.start(folder, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")) {
            assertThat(Jvm.of(child.pid()).foreign()).isTrue();
            assertAllReports(child.pid());
        }
    }

    @Test
    void aJvmThatAShellStartedIsFound() throws IOException {
        try (BusyJvm child = BusyJvm.startBelowShell(folder)) {
            assertThat(Jvm.of(child.pid()).pid()).isNotEqualTo(child.pid());
            assertThat(text(debugging.threads(child.pid(), STAYS))).contains("BusyProgram.main");
        }
    }

    @Test
    void aFlightRecordingIsReadableAndDeletedOnClose() throws IOException {
        try (BusyJvm child = BusyJvm.start(folder)) {
            Report report = debugging.flightRecording(child.pid(), SECOND, STAYS);
            Path file = report.file();
            try (report;
                    RecordingFile recording = new RecordingFile(file)) {
                assertThat(recording.readEventTypes()).anyMatch(type -> "jdk.CPULoad".equals(type.getName()));
                assertThat(report.size()).isPositive();
            }
            assertThat(file).doesNotExist();
            assertThat(file.getParent()).doesNotExist();
        }
    }

    @Test
    void aProcessWithoutAJvmIsRefused() throws IOException {
        Process process = new ProcessBuilder("sleep", "1000").start();
        try {
            assertThatThrownBy(() -> debugging.threads(process.pid(), STAYS))
                    .isInstanceOf(DebugException.NotPossible.class)
                    .hasMessageContaining("neither process " + process.pid() + " nor one below it is a JVM");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aStoppedJvmIsReportedAsStuck() throws IOException, InterruptedException {
        Debugging impatient = new Debugging(SECOND, LONG, 1);
        try (BusyJvm child = BusyJvm.start(folder)) {
            child.signal("STOP");
            assertThatThrownBy(() -> impatient.threads(child.pid(), STAYS))
                    .isInstanceOf(DebugException.Stuck.class)
                    .hasMessageContaining("does not answer jcmd within 1 s");
            assertThat(Path.of(".attach_pid" + child.pid())).doesNotExist();
        }
        await("jcmd has ended")
                .until(() -> ProcessHandle.current()
                        .descendants()
                        .noneMatch(it -> it.info().command().orElse("").endsWith("/jcmd")));
    }

    @Test
    void onlyOneRecordingOfAProcessRunsAtATime() throws IOException, InterruptedException {
        try (BusyJvm child = BusyJvm.start(folder)) {
            AtomicBoolean gone = new AtomicBoolean();
            CompletableFuture<Report> first =
                    CompletableFuture.supplyAsync(() -> debugging.flightRecording(child.pid(), LONG, gone::get));
            await("the recording runs")
                    .atMost(LONG)
                    .until(() -> recordings(child).contains("supervisor-"));
            assertThatThrownBy(() -> debugging.profile(child.pid(), SECOND, STAYS))
                    .isInstanceOf(DebugException.Busy.class);
            assertThat(text(debugging.threads(child.pid(), STAYS))).contains("BusyProgram");
            gone.set(true);
            assertThat(first).failsWithin(LONG).withThrowableThat().withCauseInstanceOf(DebugException.Abandoned.class);
            assertThat(recordings(child)).contains("No available recordings").doesNotContain("supervisor-");
        }
    }

    /** The recordings of the JVM, as jcmd lists them. */
    private String recordings(BusyJvm child) throws IOException, InterruptedException {
        Path answer = Files.createTempFile(folder, "answer", ".txt");
        return Files.readString(new Jcmd(Jvm.of(child.pid()), LONG, answer).run(STAYS, "JFR.check"));
    }

    @Test
    void anErrorOfJcmdIsReported() throws IOException {
        try (BusyJvm child = BusyJvm.start(folder)) {
            Jcmd jcmd = new Jcmd(Jvm.of(child.pid()), LONG, folder.resolve("answer"));
            assertThatThrownBy(() -> jcmd.run(STAYS, "No.such"))
                    .isInstanceOf(DebugException.Failed.class)
                    .hasMessageContaining("Unknown diagnostic command");
        }
    }

    /** The worker can write to the directory: a link there could name a file that only the supervisor may read. */
    @Test
    void aSymbolicLinkIsNotFollowed() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "hunter2");
        try (TemporaryReportDirectory directory = TemporaryReportDirectory.own()) {
            Files.createSymbolicLink(directory.workerFile("recording.jfr"), secret);
            assertThatThrownBy(() -> directory.claim("recording.jfr")).isInstanceOf(DebugException.Failed.class);
        }
        assertThat(secret).exists();
    }
}
