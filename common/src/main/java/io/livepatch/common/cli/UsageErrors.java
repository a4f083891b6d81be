package io.livepatch.common.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;

/**
 * Prints the error in a command line and the commands that are similar to an unknown one; the exit code is 2.
 *
 * @param neverSuggested commands that destroy something, since a suggestion is easily repeated without thought
 */
public record UsageErrors(Set<String> neverSuggested) implements CommandLine.IParameterExceptionHandler {
    @Override
    public int handleParseException(CommandLine.ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().root().name() + ": " + failure.getMessage());
        List<String> meant = failure instanceof CommandLine.UnmatchedArgumentException unmatched
                ? unmatched.getSuggestions().stream()
                        .filter(name -> !neverSuggested.contains(name))
                        .toList()
                : List.of();
        if (meant.isEmpty()) {
            command.usage(err);
        } else {
            err.println("did you mean " + String.join(" or ", meant) + "?");
        }
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }
}
