package io.livepatch.server;

import dev.failsafe.RetryPolicy;
import io.livepatch.common.config.ConfigException;
import io.livepatch.server.admin.SeenByText;
import io.livepatch.server.admin.StorageTask;
import io.livepatch.server.admin.StorageTask.ProgressListener;
import io.livepatch.server.admin.StorageTask.TaskResult;
import io.livepatch.server.config.ConfigFile;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.placement.StoreRefusedException;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.problem.ExceptionTranslator;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.StoreType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code livepatch-server storage …}: works on the stores and the database directly, with or without a running server. */
@Command(
        name = "storage",
        description = "Shows, verifies and moves the store of patches, without the server.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong usage."})
public final class StorageCommand {
    /** How long the database or a store may be unreachable before a task fails; it can be started again. */
    private static final Duration MAX_OUTAGE = Duration.ofMinutes(2);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

    private static final int FAILED = 1;

    private final Map<String, String> environment;
    private final Function<UnitConfig, StoreRegistry.Opener> opener;

    @Spec
    private @Nullable CommandSpec spec;

    /**
     * Opens nothing yet.
     *
     * @param environment overrides the configuration file
     */
    public StorageCommand(Map<String, String> environment, Function<UnitConfig, StoreRegistry.Opener> opener) {
        this.environment = environment;
        this.opener = opener;
    }

    /** The output format. */
    enum Format {
        text,
        json
    }

    /** The options of every command. */
    static final class Settings {
        @Option(
                names = "--config",
                paramLabel = "FILE",
                defaultValue = "${env:LIVEPATCH_CONFIG_LOCATION}",
                description = "the configuration, YAML (default: the file that LIVEPATCH_CONFIG_LOCATION names)")
        private @Nullable Path file;

        @Option(names = "--format", description = "one of ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
        private Format format = Format.text;
    }

    @Command(
            name = "status",
            description = "Shows the active store and its condition.",
            mixinStandardHelpOptions = true)
    int status(@Mixin Settings settings) {
        return run(settings, StorageTask::status);
    }

    @Command(
            name = "verify",
            description = "Reads every patch again and compares it with its checksum.",
            mixinStandardHelpOptions = true)
    int verify(@Mixin Settings settings) {
        return run(settings, StorageTask::verify);
    }

    @Command(
            name = "migrate",
            description = "Moves all patches to another type of store while machines are served.",
            mixinStandardHelpOptions = true)
    int migrate(
            @Mixin Settings settings,
            @Option(names = "--to", required = true, paramLabel = "TYPE", description = "filesystem, postgres or s3")
                    String to,
            @Option(names = "--dry-run", description = "show the plan, and change nothing") boolean dryRun) {
        String type = StoreType.parse(to)
                .orElseThrow(() -> new ParameterException(
                        commandSpec().commandLine(),
                        "'" + to + "' is no type of store; the types are " + String.join(", ", StoreType.names())))
                .text();
        return run(settings, task -> dryRun ? task.plan(type) : task.migrate(type));
    }

    @Command(
            name = "adopt",
            description =
                    "Records that the patches are on this unit's disk, after the unit that had them was lost with its"
                            + " disk.",
            mixinStandardHelpOptions = true)
    int adopt(@Mixin Settings settings) {
        return inContext(settings, context -> {
            context.stores().claim();
            PrintWriter out = commandSpec().commandLine().getOut();
            out.println(
                    "the patches are on the disk of this unit from now on; start it, see with 'livepatch-admin storage"
                            + " verify' which of them are missing, and upload those again");
            out.flush();
            return 0;
        });
    }

    private int run(Settings settings, Function<StorageTask, TaskResult> work) {
        PrintWriter out = commandSpec().commandLine().getOut();
        PrintWriter err = commandSpec().commandLine().getErr();
        InstantSource clock = InstantSource.system();
        return inContext(settings, context -> {
            StorageTask task = new StorageTask(context.api(), retries(err), ProgressListener.lines(out, clock), clock);
            return print(settings.format, work.apply(task), out, err);
        });
    }

    /** Repeats requests that fail because the database or a store is unreachable. */
    private static RetryPolicy<Object> retries(PrintWriter err) {
        return RetryPolicy.builder()
                .handleIf(failure -> ExceptionTranslator.problem(failure)
                        .filter(ProblemException.Unavailable.class::isInstance)
                        .isPresent())
                .withBackoff(FIRST_PAUSE, MAX_PAUSE)
                .withMaxAttempts(-1)
                .withMaxDuration(MAX_OUTAGE)
                .onRetry(event -> {
                    ExceptionTranslator.problem(event.getLastException())
                            .ifPresent(problem -> err.println("trying again: " + problem.detail()));
                    err.flush();
                })
                .build();
    }

    private int inContext(Settings settings, ToIntFunction<StorageToolContext> work) {
        PrintWriter err = commandSpec().commandLine().getErr();
        try {
            UnitConfig config = ConfigFile.read(settings.file, environment);
            try (StorageToolContext context =
                    StorageToolContext.open(config, opener.apply(config), InstantSource.system())) {
                return work.applyAsInt(context);
            }
        } catch (ConfigException | StartException | StoreRefusedException e) {
            return failed(err, e);
        } catch (RuntimeException e) {
            return failed(err, ExceptionTranslator.problem(e).orElseThrow(() -> e));
        }
    }

    private static int print(Format format, TaskResult outcome, PrintWriter out, PrintWriter err) {
        if (format == Format.json) {
            out.println(outcome.answer());
        } else {
            outcome.lines().forEach(out::println);
        }
        if (outcome.answer().has("seen-by")) {
            JsonNode seenBy = outcome.answer().path("seen-by");
            SeenByText.warning(seenBy).ifPresent(warning -> err.println("livepatch-server: " + warning));
            if (format == Format.text) {
                SeenByText.confirmation(seenBy).ifPresent(out::println);
            }
        }
        out.flush();
        outcome.complaints().forEach(err::println);
        err.flush();
        return outcome.complaints().isEmpty() ? 0 : FAILED;
    }

    private static int failed(PrintWriter err, RuntimeException failure) {
        err.println("livepatch-server: " + failure.getMessage());
        err.flush();
        return FAILED;
    }

    private CommandSpec commandSpec() {
        if (spec == null) {
            throw new AssertionError("picocli sets the spec before it calls");
        }
        return spec;
    }
}
