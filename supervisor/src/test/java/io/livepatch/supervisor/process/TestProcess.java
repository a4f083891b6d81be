package io.livepatch.supervisor.process;

import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.process.Processes.CannotStartException;
import io.livepatch.testing.JavaCommand;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A real process, its output and its exit status. */
final class TestProcess implements Processes.Watcher, WorkerOutput {

    private static final Duration LONG = Duration.ofSeconds(30);

    final CompletableFuture<Processes.Running> running = new CompletableFuture<>();
    final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final boolean merged;

    TestProcess(boolean merged) {
        this.merged = merged;
    }

    /** Launches {@code command} in a plain environment. */
    static TestProcess of(Processes processes, String... command) {
        return launch(processes, ProcessEnvironment.PLAIN, command);
    }

    static TestProcess launch(Processes processes, ProcessEnvironment processEnvironment, String... command) {
        TestProcess sample = new TestProcess(true);
        processes.launch(sample.start(processEnvironment, List.of(command)), sample);
        return sample;
    }

    /** The command line that runs a test class as a program. */
    static String[] java(Class<?> main, String... arguments) {
        List<String> command = JavaCommand.testProgram(main, "-Xmx64m");
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    Processes.Start start(ProcessEnvironment processEnvironment, List<String> command) {
        return start(processEnvironment, command, OptionalLong.empty(), OptionalInt.empty());
    }

    Processes.Start start(
            ProcessEnvironment processEnvironment,
            List<String> command,
            OptionalLong hardMemory,
            OptionalInt hardOpenFiles) {
        return new Processes.Start(
                "sample-0",
                command,
                Map.of("PATH", "/usr/bin:/bin"),
                processEnvironment,
                hardMemory,
                hardOpenFiles,
                Duration.ofSeconds(1),
                this,
                true);
    }

    long pid() {
        return running.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join().pid();
    }

    ExitStatus awaitExit() {
        return exit.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** The whole output, after its end. */
    String output() {
        awaitExit();
        return written();
    }

    /** The first line, once it is complete. */
    String firstLine() {
        pid();
        return await("a line of output")
                .atMost(LONG)
                .until(
                        () -> written()
                                .lines()
                                .findFirst()
                                .filter(line -> written().contains("\n")),
                        Optional::isPresent)
                .orElseThrow();
    }

    synchronized String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    synchronized String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }

    void kill() {
        running.join().kill();
    }

    @Override
    public void launched(Processes.Running process) {
        running.complete(process);
    }

    @Override
    public void failed(String why) {
        running.completeExceptionally(new CannotStartException(why));
        exit.completeExceptionally(new CannotStartException(why));
    }

    @Override
    public void exited(ExitStatus status) {
        exit.complete(status);
    }

    @Override
    public synchronized void out(byte[] bytes, int length) {
        out.write(bytes, 0, length);
    }

    @Override
    public synchronized void err(byte[] bytes, int length) {
        err.write(bytes, 0, length);
    }

    @Override
    public boolean merged() {
        return merged;
    }

    @Override
    public void close() {}
}
