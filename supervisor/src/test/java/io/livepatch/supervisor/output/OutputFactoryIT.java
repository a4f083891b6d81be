package io.livepatch.supervisor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.process.LinuxProcesses;
import io.livepatch.supervisor.process.Processes;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The output of real processes. */
class OutputFactoryIT {

    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final LinuxProcesses processes = LinuxProcesses.start();

    private CompletableFuture<ExitStatus> run(String script, WorkerOutput output) {
        CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
        Processes.Start start = new Processes.Start(
                "web-0",
                List.of("sh", "-c", script),
                Map.of("PATH", "/usr/bin:/bin"),
                ProcessEnvironment.PLAIN,
                OptionalLong.empty(),
                OptionalInt.empty(),
                LONG,
                output,
                true);
        processes.launch(start, new Processes.Watcher() {
            @Override
            public void launched(Processes.Running process) {
                var _ = exit.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).whenComplete((_, _) -> process.kill());
            }

            @Override
            public void failed(String why) {
                exit.completeExceptionally(new AssertionError(why));
            }

            @Override
            public void exited(ExitStatus status) {
                exit.complete(status);
            }
        });
        return exit;
    }

    @Test
    void aNewProcessBeginsANewLineAndAPromptIsPassedOnUnfinished() throws Exception {
        try (processes;
                FileChannel file =
                        FileChannel.open(folder.resolve("out"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            AsyncLineWriter writer = new AsyncLineWriter("file", file, 1 << 20, LONG, InstantSource.system());
            writer.start();
            OutputFactory factory = new OutputFactory(
                    writer, writer, new OutputLimits(64, 64, Duration.ofMillis(20), 4096), InstantSource.system());
            WorkerOutput output = factory.open(PoolSpec.of("web", List.of("sh")).build(), "web-0", 0);

            assertThat(run("printf '{\"a\":'", output).get().code()).isZero();
            var waiting = run("printf 'Name? '; sleep 1000", output);
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(factory.recent("web-0"))
                            .extracting(Line::process, Line::text)
                            .containsExactly(
                                    org.assertj.core.groups.Tuple.tuple(1, "{\"a\":"),
                                    org.assertj.core.groups.Tuple.tuple(2, "Name? ")));
            waiting.cancel(true);
            output.close();
            writer.close();
            assertThat(Files.readString(folder.resolve("out")))
                    .contains("{\\\"a\\\":\"}")
                    .contains("Name? ");
        }
    }
}
