package io.livepatch.server.admin;

import io.livepatch.common.cli.UsageErrors;
import io.livepatch.common.cli.Version;
import io.livepatch.server.admin.Session.CliContext;
import io.livepatch.server.admin.Session.Options;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The tree of commands, and the one place where an exception becomes an exit code. */
@Command(
        name = "livepatch-admin",
        description =
                "Administers a livepatch server: tiers, patches, their storage, machines, auth tokens, and signing keys.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done; a unit that does not have the change yet is a warning",
            "1:the server said no",
            "2:wrong usage",
            "3:the server was not reached"
        },
        footer = {
            "",
            "First steps:",
            "  export LIVEPATCH_URL=https://host:8443 LIVEPATCH_CA_CRT=ca.pem",
            "  livepatch-admin login",
            "  livepatch-admin patch add livepatch-*.tar.bz2",
            "  livepatch-admin auth-token web-servers stable"
        })
final class Program {
    @Mixin
    final Options options = new Options();

    static CommandLine commandLine(CliContext cliContext) {
        Program program = new Program();
        Session session = new Session(cliContext, program.options);
        CommandLine line = new CommandLine(program);
        line.addSubcommand(new LoginCommand(session));
        line.addSubcommand(new LogoutCommand(session));
        line.addSubcommand(new TierCommands(session));
        line.addSubcommand(new PatchCommands(session));
        line.addSubcommand(new StorageCommands(session));
        line.addSubcommand(new MachineCommands(session));
        line.addSubcommand(new AuthTokenCommand(session));
        line.addSubcommand(new AuthTokenListCommand(session));
        line.addSubcommand(new AuthTokenRevokeCommand(session));
        line.addSubcommand(new SigningKeyCommands(session));
        // "@-" is a word of ours, not a file of arguments.
        line.setExpandAtFiles(false);
        line.setOut(cliContext.out());
        line.setErr(cliContext.err());
        line.setParameterExceptionHandler(new UsageErrors(Confirmation.DELETING));
        line.setExecutionExceptionHandler((e, command, parsed) -> report(e, cliContext));
        return line;
    }

    private static int report(Exception failure, CliContext cliContext) throws Exception {
        cliContext.err().println("livepatch-admin: " + failure.getMessage());
        cliContext.err().flush();
        return switch (failure) {
            case AdminException e -> e.kind().exitCode();
            case UncheckedIOException e -> AdminException.Kind.REFUSED.exitCode();
            case IllegalArgumentException e -> AdminException.Kind.USAGE.exitCode();
            default -> throw failure;
        };
    }
}
