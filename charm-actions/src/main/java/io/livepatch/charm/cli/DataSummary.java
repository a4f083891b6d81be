package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Describes the data that a deletion would delete, for the question before it. */
final class DataSummary {
    /** Replaces the counts: a stopped model is not started for a question that may be answered with no. */
    static final String STOPPED = "the model is stopped, so its data cannot be counted";

    private DataSummary() {}

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
            return answer.map(DataSummary::text).orElse(STOPPED);
        } catch (CliException e) {
            return "its data cannot be counted: " + e.getMessage();
        }
    }
}
