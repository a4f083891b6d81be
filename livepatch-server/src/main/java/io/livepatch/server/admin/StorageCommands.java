package io.livepatch.server.admin;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.admin.Session.CliContext;
import io.livepatch.server.task.Headway;
import io.livepatch.server.task.Meter;
import io.livepatch.server.task.Outcome;
import io.livepatch.server.task.StorageApi;
import io.livepatch.server.task.StorageTask;
import io.livepatch.storage.StoreType;
import java.time.Duration;
import java.time.InstantSource;
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
        description = "Where patches are kept: shows it, verifies them, moves them to another kind of store.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class StorageCommands {
    private final Session session;

    StorageCommands(Session session) {
        this.session = session;
    }

    private interface Work {
        Outcome on(StorageTask task);
    }

    @Command(
            name = "status",
            description = "Shows where patches are and how they are.",
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
                "Moves all patches to another kind of store. Machines are served and patches can be uploaded meanwhile.",
                "If it is interrupted, the same command goes on where it stopped."
            },
            mixinStandardHelpOptions = true)
    int migrate(
            @Option(names = "--to", required = true, paramLabel = "TYPE", description = "filesystem, postgres or s3")
                    String to,
            @Option(names = "--dry-run", description = "say what would be done, and do nothing") boolean dry) {
        String type = StoreType.parse(to)
                .orElseThrow(() -> AdminException.usage("'%s' is no kind of store; there are %s"
                        .formatted(Problem.printable(to), String.join(", ", StoreType.names()))))
                .text();
        return dry ? run("", task -> task.plan(type)) : run("migrate", task -> task.migrate(type));
    }

    private int run(String name, Work work) {
        CliContext cliContext = session.surroundings();
        Outcome outcome = session.call(api -> {
            PatientApi patient = new PatientApi(api, cliContext);
            InstantSource clock = InstantSource.system();
            if (name.isEmpty() || cliContext.terminal().isEmpty()) {
                return work.on(new StorageTask(patient, Meter.lines(cliContext.out(), clock), clock));
            }
            try (TerminalProgress bar = TerminalProgress.of(name)) {
                return work.on(new StorageTask(patient, bar, clock));
            }
        });
        session.print(outcome.answer(), _ -> text(outcome.lines()));
        outcome.complaints().forEach(line -> cliContext.err().println("livepatch-admin: " + Problem.printable(line)));
        cliContext.err().flush();
        return outcome.complaints().isEmpty() ? 0 : AdminException.Kind.REFUSED.exitCode();
    }

    private static String text(Iterable<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(Problem.printable(line)).append('\n'));
        return text.toString();
    }

    /** A bar on a terminal, with the speed and the time that is left. */
    static final class TerminalProgress implements Meter, AutoCloseable {
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
        public void show(String verb, Headway headway, String last) {
            bar.maxHint(headway.bytes().total());
            bar.stepTo(headway.bytes().done());
            bar.setExtraMessage(" %d of %d patches"
                    .formatted(headway.patches().done(), headway.patches().total()));
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    /**
     * The storage routes, asked again while the server is away: every request of theirs can be repeated, and what they began goes on
     * where it stopped.
     */
    static final class PatientApi implements StorageApi {
        private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
        private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

        private final AdminApi api;
        private final FailsafeExecutor<Object> again;
        private boolean lost;

        PatientApi(AdminApi api, CliContext cliContext) {
            this.api = api;
            this.again = Failsafe.with(RetryPolicy.builder()
                    .handleIf(failure -> failure instanceof AdminException fault && passing(fault))
                    .withBackoff(FIRST_PAUSE, LONGEST_PAUSE)
                    .withMaxAttempts(-1)
                    .withMaxDuration(cliContext.silence())
                    .onRetry(event -> {
                        lost = true;
                        cliContext
                                .err()
                                .println("livepatch-admin: "
                                        + event.getLastException().getMessage() + "; trying again");
                        cliContext.err().flush();
                    })
                    .build());
        }

        /** A step whose answer was lost may still be at work; who is in its way then is ourselves. */
        private boolean passing(AdminException fault) {
            return fault.mayPass() || (lost && fault.isConflict());
        }

        @Override
        public JsonNode status() {
            return again.get(() -> api.get("/storage"));
        }

        @Override
        public JsonNode verify(ObjectNode body) {
            return again.get(() -> api.post("/storage/verification", body));
        }

        @Override
        public JsonNode migrate(ObjectNode body) {
            return again.get(() -> api.post("/storage/migration", body));
        }
    }
}
