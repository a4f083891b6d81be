package io.livepatch.common.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Asks on the terminal before a command deletes something; {@code --no-prompt} confirms in advance. A mixin of commands, which decide
 * how an answer other than {@link Answer#CONFIRMED} is reported.
 */
public final class DeletionPrompt {
    /** The result of the question. */
    public enum Answer {
        CONFIRMED,
        DECLINED,
        /** There is neither a terminal nor {@code --no-prompt}. */
        NO_TERMINAL
    }

    /** The terminal of the operator. */
    @FunctionalInterface
    public interface Terminal {
        /** Prints the question and reads a line; null at the end of the input. */
        @Nullable
        String ask(String question);
    }

    @Option(
            names = {"--no-prompt", "-y"},
            description = "do not ask for confirmation; required without a terminal")
    private boolean noPrompt;

    /** Whether {@code --no-prompt} was given. */
    public boolean skipped() {
        return noPrompt;
    }

    /**
     * Asks unless {@code --no-prompt} was given. Only {@code y} and {@code yes} confirm.
     *
     * @param terminal empty if the operator cannot be asked
     * @param deletion what is deleted and how much that is; computed only if the question is asked
     */
    public Answer ask(Optional<Terminal> terminal, Supplier<String> deletion) {
        if (noPrompt) {
            return Answer.CONFIRMED;
        }
        if (terminal.isEmpty()) {
            return Answer.NO_TERMINAL;
        }
        String line = terminal.get().ask(deletion.get() + "\nContinue [y/N]? ");
        boolean confirmed =
                line != null && line.strip().toLowerCase(Locale.ROOT).matches("y|yes");
        return confirmed ? Answer.CONFIRMED : Answer.DECLINED;
    }
}
