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
 * The confirmation of a deletion: asks on the terminal, with the amount of data. Without a terminal {@code --no-prompt} is
 * required. A mixin of commands.
 */
final class DeletionPrompt {
    /** Replaces the count: a stopped model is not started for a question that may be answered with no. */
    static final String STOPPED = "the model is stopped, so its data cannot be counted";

    @Option(
            names = {"--no-prompt", "-y"},
            description = "does not ask for confirmation; required without a terminal")
    private boolean noPrompt;

    boolean skipped() {
        return noPrompt;
    }

    /**
     * Returns when the deletion is confirmed.
     *
     * @param deletion what is deleted, as the beginning of a sentence
     * @param holdings the amount of data
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

    /** The counts of a result of {@link ControllerRequest.Holdings}, such as {@code 42 patches, 1,208 machines}. */
    static String text(JsonNode holdings) {
        List<String> parts = new ArrayList<>();
        holdings.path("counts")
                .forEachEntry(
                        (what, count) -> parts.add(0, String.format(Locale.ROOT, "%,d %s", count.asLong(), what)));
        String uncounted = holdings.path("uncounted").asString("");
        if (!uncounted.isEmpty()) {
            parts.add("not counted: " + uncounted);
        }
        return parts.isEmpty() ? "no patches or machines are known" : String.join(", ", parts);
    }

    /** The counts of the running controller, which may be of another build. */
    static String request(ControllerClient client, ControllerRequest.Holdings question) {
        try {
            Optional<JsonNode> answer = client.requestRunning(question);
            return answer.map(DeletionPrompt::text).orElse(STOPPED);
        } catch (CliException e) {
            return "its data cannot be counted: " + e.getMessage();
        }
    }
}
