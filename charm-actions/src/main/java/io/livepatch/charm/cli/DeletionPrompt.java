package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/**
 * Asks before data is deleted: a person on a terminal, who is told how much it is. Without a terminal {@code --no-prompt} says that it is
 * meant. To be mixed into a command.
 */
final class DeletionPrompt {
    /** Instead of a count: a stopped model is not started for a question that may be answered with no. */
    static final String STOPPED = "the model is stopped, so how much it holds cannot be counted";

    @Option(
            names = {"--no-prompt", "-y"},
            description = "does not ask first; needed without a terminal")
    private boolean noPrompt;

    boolean skipped() {
        return noPrompt;
    }

    /**
     * Returns when the deletion is confirmed.
     *
     * @param deletion what is deleted; begins a sentence
     * @param holdings how much that is
     */
    void require(ControllerClient client, String deletion, String holdings) {
        if (noPrompt) {
            return;
        }
        if (!client.terminal()) {
            throw CliException.usage(deletion + "; nothing was deleted, since there is no terminal to ask on: say "
                    + "--no-prompt if it is meant");
        }
        client.err().print(deletion + ":\n  " + holdings + "\nContinue [y/N]? ");
        client.err().flush();
        try {
            String answer = new BufferedReader(new InputStreamReader(client.in(), StandardCharsets.UTF_8)).readLine();
            if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
                throw CliException.failed("nothing was deleted");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the answer", e);
        }
    }

    /** How much the answer to {@link ControllerRequest.Holdings} counts, such as {@code 42 patches, 1,208 machines}. */
    static String text(JsonNode holdings) {
        List<String> parts = new ArrayList<>();
        holdings.path("counts")
                .forEachEntry(
                        (what, count) -> parts.add(0, String.format(Locale.ROOT, "%,d %s", count.asLong(), what)));
        String uncounted = holdings.path("uncounted").asString("");
        if (!uncounted.isEmpty()) {
            parts.add("what cannot be counted: " + uncounted);
        }
        return parts.isEmpty() ? "no patches or machines are known" : String.join(", ", parts);
    }

    /** The same of a controller that may not run, and is not started for it, or does not know the question. */
    static String request(ControllerClient client, ControllerRequest.Holdings question) {
        try {
            Optional<JsonNode> answer = client.requestRunning(question);
            return answer.map(DeletionPrompt::text).orElse(STOPPED);
        } catch (CliException e) {
            return "how much it holds cannot be counted: " + e.getMessage();
        }
    }
}
