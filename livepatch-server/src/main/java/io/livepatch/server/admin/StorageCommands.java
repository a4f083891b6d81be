package io.livepatch.server.admin;

import io.livepatch.server.task.Meter;
import io.livepatch.server.task.Outcome;
import io.livepatch.server.task.StorageTask;
import io.livepatch.storage.StoreType;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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
}
