package io.livepatch.supervisor.debug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

    private final Debugging debugging = Debugging.within(LONG, LONG, 1 << 20);

    @TempDir
    private Path folder;

    private static String text(Report report) throws IOException {
        try (report;
                var in = report.open()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void canBeLookedInto(long pid) throws IOException {
        assertThat(text(debugging.threads(pid, STAYS)))
                .contains("Busybody.main")
                .contains("\"main\"");
        assertThat(text(debugging.virtualThreads(pid, STAYS))).contains("\"quiet one\"");
        assertThat(text(debugging.heap(pid, false, STAYS))).contains("java.lang.String");
        assertThat(text(debugging.heap(pid, true, STAYS))).contains("java.lang.String");
        assertThat(text(debugging.profile(pid, SECOND, STAYS)))
                .containsPattern("(?m)^io.livepatch.supervisor.debug.Busybody.main(;\\S+)? \\d+$");
    }

    @Test
    void aJvmCanBeLookedInto() throws IOException {
        try (Child child = Child.start(folder)) {
            canBeLookedInto(child.pid());
        }
    }

    @Test
    void aJvmOfAnotherUserCanBeLookedIntoAsThatUser() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can start a process as another user");
        try (Child child =
                Child.start(folder, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")) {
            assertThat(Jvm.of(child.pid()).foreign()).isTrue();
            canBeLookedInto(child.pid());
        }
    }

    @Test
    void aJvmBelowTheWorkersShellIsFound() throws IOException {
        try (Child child = Child.startBelowShell(folder)) {
            assertThat(Jvm.of(child.pid()).pid()).isNotEqualTo(child.pid());
            assertThat(text(debugging.threads(child.pid(), STAYS))).contains("Busybody.main");
        }
    }

    @Test
    void aFlightRecordingCanBeReadAndLeavesNothing() throws IOException {
        try (Child child = Child.start(folder)) {
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
    void whatIsNoJvmSaysSo() throws IOException {
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
    void aStoppedJvmIsNotWaitedFor() throws IOException, InterruptedException {
        Debugging hasty = Debugging.within(SECOND, LONG, 1);
        try (Child child = Child.start(folder)) {
            child.signal("STOP");
            assertThatThrownBy(() -> hasty.threads(child.pid(), STAYS))
                    .isInstanceOf(DebugException.Stuck.class)
                    .hasMessageContaining("does not answer jcmd within 1 s");
            assertThat(Path.of(".attach_pid" + child.pid())).doesNotExist();
        }
        await("jcmd is gone")
                .until(() -> ProcessHandle.current()
                        .descendants()
                        .noneMatch(it -> it.info().command().orElse("").endsWith("/jcmd")));
    }

    @Test
    void oneRecordingAtATimeAndThreadsMeanwhile() throws IOException, InterruptedException {
        try (Child child = Child.start(folder)) {
            AtomicBoolean gone = new AtomicBoolean();
            CompletableFuture<Report> first =
                    CompletableFuture.supplyAsync(() -> debugging.flightRecording(child.pid(), LONG, gone::get));
            await("the recording runs").atMost(LONG).until(() -> check(child).contains("supervisor-"));
            assertThatThrownBy(() -> debugging.profile(child.pid(), SECOND, STAYS))
                    .isInstanceOf(DebugException.Busy.class);
            assertThat(text(debugging.threads(child.pid(), STAYS))).contains("Busybody");
            gone.set(true);
            assertThat(first).failsWithin(LONG).withThrowableThat().withCauseInstanceOf(DebugException.Abandoned.class);
            assertThat(check(child)).contains("No available recordings").doesNotContain("supervisor-");
        }
    }

    /** What the JVM itself says of its recordings. */
    private String check(Child child) throws IOException, InterruptedException {
        Path answer = Files.createTempFile(folder, "answer", ".txt");
        return Files.readString(new Jcmd(Jvm.of(child.pid()), LONG, answer).run(STAYS, "JFR.check"));
    }

    @Test
    void whatJcmdRefusesIsSaid() throws IOException {
        try (Child child = Child.start(folder)) {
            Jcmd jcmd = new Jcmd(Jvm.of(child.pid()), LONG, folder.resolve("answer"));
            assertThatThrownBy(() -> jcmd.run(STAYS, "No.such"))
                    .isInstanceOf(DebugException.Failed.class)
                    .hasMessageContaining("Unknown diagnostic command");
        }
    }

    /** The worker owns the directory: a link there could lead to a file that only the supervisor may read. */
    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "hunter2");
        try (TemporaryReportDirectory temporaryReportDirectory = TemporaryReportDirectory.own()) {
            Files.createSymbolicLink(temporaryReportDirectory.workers("recording.jfr"), secret);
            assertThatThrownBy(() -> temporaryReportDirectory.claim("recording.jfr"))
                    .isInstanceOf(DebugException.Failed.class);
        }
        assertThat(secret).exists();
    }
}
