package io.livepatch.server.admin;

import io.livepatch.common.cli.UsageErrors;
import io.livepatch.common.cli.Version;
import io.livepatch.server.admin.CommandContext.Environment;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The program {@code livepatch-admin}: the tree of commands, and the mapping from exceptions to exit codes. */
@Command(
        name = "livepatch-admin",
        description =
                "Administers a livepatch server: tiers, patches, their storage, machines, auth tokens, and signing keys.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done; a unit that does not have the change yet is a warning",
            "1:the server refused the request",
            "2:wrong usage",
            "3:the server could not be reached"
        },
        footer = {
            "",
            "First steps:",
            "  export LIVEPATCH_URL=https://host:8443 LIVEPATCH_CA_CRT=ca.pem",
            "  livepatch-admin login",
            "  livepatch-admin patch add livepatch-*.tar.bz2",
            "  livepatch-admin auth-token web-servers stable"
        })
public final class Main {
    /** Commands that are never suggested for a misspelt one: a suggestion is easily repeated without thought. */
    private static final Set<String> DELETING = Set.of("remove", "release", "auth-token-revoke", "logout");

    @Mixin
    final CommandContext.Options options = new CommandContext.Options();

    private Main() {}

    /** Runs one command and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(commandLine(Environment.ofProcess()).execute(arguments));
    }

    static CommandLine commandLine(Environment environment) {
        Main program = new Main();
        CommandContext context = new CommandContext(environment, program.options);
        CommandLine line = new CommandLine(program);
        List.of(
                        new SessionCommands.Login(context),
                        new SessionCommands.Logout(context),
                        new TierCommands(context),
                        new PatchCommands(context),
                        new StorageCommands(context),
                        new MachineCommands(context),
                        new AuthTokenCommands.Issue(context),
                        new AuthTokenCommands.Show(context),
                        new AuthTokenCommands.Revoke(context),
                        new SigningKeyCommands(context))
                .forEach(line::addSubcommand);
        // The value "@-" of login --auth means standard input, not a file of arguments.
        line.setExpandAtFiles(false);
        line.setOut(environment.out());
        line.setErr(environment.err());
        line.setParameterExceptionHandler(new UsageErrors(DELETING));
        line.setExecutionExceptionHandler((e, _, _) -> report(e, environment.err()));
        return line;
    }

    private static int report(Exception failure, PrintWriter err) throws Exception {
        err.println("livepatch-admin: " + failure.getMessage());
        err.flush();
        return switch (failure) {
            case AdminException e -> e.kind().exitCode();
            case UncheckedIOException e -> AdminException.Kind.REFUSED.exitCode();
            case IllegalArgumentException e -> AdminException.Kind.USAGE.exitCode();
            default -> throw failure;
        };
    }
}
