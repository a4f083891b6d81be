package io.livepatch.server.admin;

import java.io.Console;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/**
 * Asks before something is deleted: a person on a terminal, who is told how much it is. Without a terminal {@code --no-prompt} says that
 * it is meant. To be mixed into a command that deletes.
 */
final class Confirmation {
    /** Commands that are never suggested for a misspelt one, since a suggestion is easily repeated without thought. */
    static final Set<String> DELETING = Set.of("remove", "release", "auth-token-revoke", "logout");

    @Option(
            names = {"--no-prompt", "-y"},
            description = "does not ask first; needed without a terminal")
    private boolean noPrompt;

    /**
     * Returns when the deletion is confirmed.
     *
     * @param deletion what is deleted; begins a sentence
     * @param holdings how much that is; asked of the server only for a question
     * @throws AdminException when it is not
     */
    void require(Session session, String deletion, Supplier<String> holdings) {
        if (noPrompt) {
            return;
        }
        Console console = session.surroundings()
                .terminal()
                .orElseThrow(() -> AdminException.usage(deletion
                        + "; nothing was done, since there is no terminal to ask on: say --no-prompt if it is meant"));
        String question = Problem.printable(deletion + " (" + holdings.get() + ")");
        String answer = console.readLine("%s%nContinue [y/N]? ", question);
        if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
            throw AdminException.refused("nothing was done");
        }
    }
}
