package io.livepatch.server.admin;

import dev.failsafe.RetryPolicy;
import io.livepatch.server.admin.CommandContext.Environment;
import io.livepatch.server.admin.StorageTask.ProgressListener;
import io.livepatch.server.admin.StorageTask.StorageApi;
import io.livepatch.server.admin.StorageTask.TaskResult;
import io.livepatch.server.placement.Progress;
import io.livepatch.storage.StoreType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code livepatch-admin storage …}. */
@Command(
        name = "storage",
        description = "Shows and verifies the store of patches, and moves patches to another type of store.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class StorageCommands {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(5);

    private final CommandContext context;

    StorageCommands(CommandContext context) {
        this.context = context;
    }

    @Command(
            name = "status",
            description = "Shows the active store and its condition.",
            mixinStandardHelpOptions = true)
    int status() {
        return run("", StorageTask::status);
    }

    @Command(
            name = "verify",
            description = "Has every patch read again and compared with its checksum.",
            mixinStandardHelpOptions = true)
    int verify() {
        return run("verify", StorageTask::verify);
    }

    @Command(
            name = "migrate",
            description = {
                "Moves all patches to another type of store. Machines are served and patches can be uploaded meanwhile.",
                "If it is interrupted, the same command goes on where it stopped."
            },
            mixinStandardHelpOptions = true)
    int migrate(
            @Option(names = "--to", required = true, paramLabel = "TYPE", description = "filesystem, postgres or s3")
                    String to,
            @Option(names = "--dry-run", description = "show the plan, and change nothing") boolean dryRun) {
        String type = StoreType.parse(to)
                .orElseThrow(() -> AdminException.usage("'%s' is no type of store; the types are %s"
                        .formatted(TerminalText.printable(to), String.join(", ", StoreType.names()))))
                .text();
        return dryRun ? run("", task -> task.plan(type)) : run("migrate", task -> task.migrate(type));
    }

    private int run(String progressBar, Function<StorageTask, TaskResult> work) {
        Environment environment = context.environment();
        TaskResult result = context.call(api -> {
            StorageApi storage = new HttpApi(api);
            RetryPolicy<Object> retries = retries(environment);
            InstantSource clock = InstantSource.system();
            if (progressBar.isEmpty() || environment.terminal().isEmpty()) {
                return work.apply(
                        new StorageTask(storage, retries, ProgressListener.lines(environment.out(), clock), clock));
            }
            try (TerminalProgress bar = TerminalProgress.of(progressBar)) {
                return work.apply(new StorageTask(storage, retries, bar, clock));
            }
        });
        context.print(result.answer(), _ -> text(result.lines()));
        result.complaints()
                .forEach(line -> environment.err().println("livepatch-admin: " + TerminalText.printable(line)));
        environment.err().flush();
        return result.complaints().isEmpty() ? 0 : AdminException.Kind.REFUSED.exitCode();
    }

    private record HttpApi(AdminApi api) implements StorageApi {
        @Override
        public JsonNode status() {
            return api.get("/storage");
        }

        @Override
        public JsonNode verify(ObjectNode body) {
            return api.post("/storage/verification", body);
        }

        @Override
        public JsonNode migrate(ObjectNode body) {
            return api.post("/storage/migration", body);
        }
    }

    /** Repeats requests while the server is unreachable: all of them can be repeated, and the next continues the work of the last. */
    private static RetryPolicy<Object> retries(Environment environment) {
        AtomicBoolean retried = new AtomicBoolean();
        return RetryPolicy.builder()
                // After a request whose answer was lost, the conflict may be with this task's own step.
                .handleIf(failure ->
                        failure instanceof AdminException e && (e.isTransient() || (retried.get() && e.isConflict())))
                .withBackoff(FIRST_PAUSE, MAX_PAUSE)
                .withMaxAttempts(-1)
                .withMaxDuration(environment.responseTimeout())
                .onRetry(event -> {
                    retried.set(true);
                    String message = event.getLastException().getMessage();
                    environment.err().println("livepatch-admin: " + message + "; trying again");
                    environment.err().flush();
                })
                .build();
    }

    private static String text(Iterable<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(TerminalText.printable(line)).append('\n'));
        return text.toString();
    }

    /** A progress bar on a terminal, with the speed and the remaining time. */
    private static final class TerminalProgress implements ProgressListener, AutoCloseable {
        private static final int MEGA = 1_000_000;

        private final ProgressBar bar;

        private TerminalProgress(ProgressBar bar) {
            this.bar = bar;
        }

        static TerminalProgress of(String task) {
            return new TerminalProgress(new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(0)
                    .setUnit(" MB", MEGA)
                    .setStyle(ProgressBarStyle.ASCII)
                    .showSpeed()
                    .build());
        }

        @Override
        public void show(String verb, Progress progress) {
            bar.maxHint(progress.bytes().total());
            bar.stepTo(progress.bytes().done());
            bar.setExtraMessage(" %d of %d patches"
                    .formatted(progress.patches().done(), progress.patches().total()));
        }

        @Override
        public void close() {
            bar.close();
        }
    }
}
