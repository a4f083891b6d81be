package io.livepatch.server.admin;

import java.io.Console;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** Asks on the terminal before a command deletes something; {@code --no-prompt} answers the question in advance. */
final class DeletionConfirmation {
    /** Commands that are never suggested for a misspelt one: a suggestion is easily repeated without thought. */
    static final Set<String> DELETING = Set.of("remove", "release", "auth-token-revoke", "logout");

    @Option(
            names = {"--no-prompt", "-y"},
            description = "do not ask first; required without a terminal")
    private boolean noPrompt;

    /**
     * Returns if the operator confirms.
     *
     * @param deletion what the command deletes; the beginning of a sentence
     * @param extent how much that is; requested from the server only if the question is asked
     * @throws AdminException if the operator does not confirm, or there is neither a terminal nor {@code --no-prompt}
     */
    void require(CommandContext context, String deletion, Supplier<String> extent) {
        if (noPrompt) {
            return;
        }
        Console console = context.environment()
                .terminal()
                .orElseThrow(() -> AdminException.usage(deletion
                        + "; nothing was done, since there is no terminal to ask on: pass --no-prompt to confirm"));
        String question = TerminalText.printable(deletion + " (" + extent.get() + ")");
        String answer = console.readLine("%s%nContinue [y/N]? ", question);
        if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
            throw AdminException.refused("nothing was done");
        }
    }
}
