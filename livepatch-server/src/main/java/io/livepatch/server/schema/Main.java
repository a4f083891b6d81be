package io.livepatch.server.schema;

import io.livepatch.server.config.Dsn;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code livepatch-schema-tool}. Exit codes: 0 the schema is current, 2 migrations are pending, 1 failure. */
public final class Main {
    private static final String VARIABLE = "LP_DATABASE_CONNECTION_STRING";
    private static final int PENDING = 2;

    private Main() {}

    public static void main(String... arguments) {
        // Only warnings are logged, to stderr, since the output is for scripts.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "logback-tool.xml");
        }
        System.exit(run(System.getenv(), writer(System.out), writer(System.err), arguments));
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, stream.charset());
    }

    static int run(Map<String, String> environment, PrintWriter out, PrintWriter err, String... arguments) {
        return new CommandLine(new Tool())
                .addSubcommand(new CheckCommand(environment))
                .addSubcommand(new Upgrade(environment))
                .setOut(out)
                .setErr(err)
                .setExitCodeExceptionMapper(_ -> 1)
                .setParameterExceptionHandler((failure, _) -> usage(failure))
                .setExecutionExceptionHandler((failure, line, _) -> {
                    line.getErr().println("livepatch-schema-tool: " + failure.getMessage());
                    return 1;
                })
                .execute(arguments);
    }

    private static int usage(CommandLine.ParameterException failure) {
        PrintWriter err = failure.getCommandLine().getErr();
        err.println("livepatch-schema-tool: " + failure.getMessage());
        failure.getCommandLine().usage(err);
        // Not picocli's 2: that means "pending" here, and a caller would start an upgrade.
        return 1;
    }

    @Command(
            name = "livepatch-schema-tool",
            description = "Brings the tables of a livepatch server's database up to date.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "check|upgrade")
    private static final class Tool implements Runnable {
        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public void run() {
            if (spec != null) {
                throw new CommandLine.ParameterException(spec.commandLine(), "say 'check' or 'upgrade'");
            }
        }
    }

    /** The options of both commands. */
    private abstract static class SchemaCommand implements Callable<Integer> {
        private final Map<String, String> environment;

        @Spec
        private @Nullable CommandSpec spec;

        @Option(
                names = "--db",
                paramLabel = "DSN",
                description = "postgres://user:password@host:port/database; better in " + VARIABLE
                        + ", since a process list shows arguments")
        private @Nullable String db;

        @Option(
                names = "--target",
                paramLabel = "NAME",
                defaultValue = "livepatchdb",
                description = "the schema; there is one: ${DEFAULT-VALUE}")
        private String target = "livepatchdb";

        SchemaCommand(Map<String, String> environment) {
            this.environment = environment;
        }

        @Override
        public Integer call() {
            if (!target.equals("livepatchdb")) {
                throw usageError("unknown target '" + target + "'; there is livepatchdb only");
            }
            String text = db == null ? environment.getOrDefault(VARIABLE, "") : db;
            if (text.isBlank()) {
                throw usageError("no database given; name one with --db or in " + VARIABLE);
            }
            return call(new Schema(dsn(text)), commandLine().getOut());
        }

        abstract int call(Schema schema, PrintWriter out);

        private Dsn dsn(String text) {
            try {
                return Dsn.parse(text);
            } catch (IllegalArgumentException e) {
                throw usageError("the connection string " + e.getMessage());
            }
        }

        private CommandLine.ParameterException usageError(String message) {
            return new CommandLine.ParameterException(commandLine(), message);
        }

        private CommandLine commandLine() {
            if (spec == null) {
                throw new AssertionError("picocli sets the spec before it calls");
            }
            return spec.commandLine();
        }
    }

    @Command(
            name = "check",
            description = "Shows whether migrations are pending; exits with 2 if there are.",
            mixinStandardHelpOptions = true)
    private static final class CheckCommand extends SchemaCommand {
        CheckCommand(Map<String, String> environment) {
            super(environment);
        }

        @Override
        int call(Schema schema, PrintWriter out) {
            SchemaStatus status = schema.status();
            if (status.current()) {
                out.println(status + ", nothing to do");
                return 0;
            }
            out.println(status + ", " + status.pending().size() + " pending: run 'livepatch-schema-tool upgrade'");
            status.pending().forEach(migration -> out.println("  " + migration));
            return PENDING;
        }
    }

    @Command(name = "upgrade", description = "Applies pending migrations.", mixinStandardHelpOptions = true)
    private static final class Upgrade extends SchemaCommand {
        Upgrade(Map<String, String> environment) {
            super(environment);
        }

        @Override
        int call(Schema schema, PrintWriter out) {
            int applied = schema.upgrade();
            String result = applied == 0
                    ? "nothing to do"
                    : applied + (applied == 1 ? " migration" : " migrations") + " applied";
            out.println(schema.status() + ", " + result);
            return 0;
        }
    }
}
