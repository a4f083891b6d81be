package io.livepatch.server.storage;

import io.livepatch.common.config.ConfigException;
import io.livepatch.server.config.Config;
import io.livepatch.server.config.ConfigFile;
import io.livepatch.server.problem.ExceptionTranslator;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.store.StoreRefusedException;
import io.livepatch.server.store.Stores;
import io.livepatch.server.task.Meter;
import io.livepatch.server.task.Outcome;
import io.livepatch.server.task.SeenByText;
import io.livepatch.server.task.StorageTask;
import io.livepatch.storage.StoreType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
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

/** {@code livepatch-server storage …}: works on stores and database by itself, beside a server that runs or without one. */
@Command(
        name = "storage",
        description = "Shows, verifies and moves the store of patches, beside the server.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong usage."})
public final class StorageCommand {
    /** How long a database or a store may be away before the work is given up; it can be taken up again. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final int FAILED = 1;

    private final Map<String, String> environment;
    private final Function<Config, Stores.Opening> opening;

    @Spec
    private @Nullable CommandSpec spec;

    /**
     * Opens nothing yet.
     *
     * @param environment overrides the configuration file
     */
    public StorageCommand(Map<String, String> environment, Function<Config, Stores.Opening> opening) {
        this.environment = environment;
        this.opening = opening;
    }

    /** How to print an answer. */
    enum Format {
        text,
        json
    }

    /** What every command takes. */
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

    private interface Work {
        Outcome on(StorageTask task);
    }

    @Command(
            name = "status",
            description = "Shows where patches are and how they are.",
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
            description = "Moves all patches to another kind of store; machines are served meanwhile.",
            mixinStandardHelpOptions = true)
    int migrate(
            @Mixin Settings settings,
            @Option(names = "--to", required = true, paramLabel = "TYPE", description = "filesystem, postgres or s3")
                    String to,
            @Option(names = "--dry-run", description = "say what would be done, and do nothing") boolean dry) {
        String type = StoreType.parse(to)
                .orElseThrow(() -> new ParameterException(
                        commandSpec().commandLine(),
                        "'" + to + "' is no kind of store; there are " + String.join(", ", StoreType.names())))
                .text();
        return run(settings, task -> dry ? task.plan(type) : task.migrate(type));
    }

    @Command(
            name = "adopt",
            description =
                    "Says that the patches are on this unit's disk from now on: for when the unit that had them, and its"
                            + " disk, are lost.",
            mixinStandardHelpOptions = true)
    int adopt(@Mixin Settings settings) {
        return at(settings, place -> {
            place.stores().adopt();
            PrintWriter out = commandSpec().commandLine().getOut();
            out.println(
                    "the patches are on the disk of this unit from now on; start it, see with 'livepatch-admin storage"
                            + " verify' which of them are missing, and upload those again");
            out.flush();
            return 0;
        });
    }

    private int run(Settings settings, Work work) {
        PrintWriter out = commandSpec().commandLine().getOut();
        PrintWriter err = commandSpec().commandLine().getErr();
        InstantSource clock = InstantSource.system();
        return at(settings, place -> {
            Outcome outcome = work.on(new StorageTask(
                    new PatientApi(place.resource(), place.units(), PATIENCE, err), Meter.lines(out, clock), clock));
            return print(settings.format, outcome, out, err);
        });
    }

    private int at(Settings settings, ToIntFunction<Workplace> work) {
        PrintWriter err = commandSpec().commandLine().getErr();
        try {
            Config config = ConfigFile.read(settings.file, environment);
            try (Workplace place = Workplace.open(config, opening.apply(config), InstantSource.system())) {
                return work.applyAsInt(place);
            }
        } catch (ConfigException | WorkplaceException | StoreRefusedException e) {
            return failed(err, e);
        } catch (RuntimeException e) {
            Optional<ProblemException> known = ExceptionTranslator.problem(e);
            return failed(err, known.isPresent() ? known.get() : unforeseen(e));
        }
    }

    private static RuntimeException unforeseen(RuntimeException failure) {
        throw failure;
    }

    private static int print(Format format, Outcome outcome, PrintWriter out, PrintWriter err) {
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
