package io.livepatch.server.task;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What a task came to.
 *
 * @param answer for a program
 * @param lines for a person
 * @param complaints what is wrong and what to do about it; empty if all is well
 */
public record Outcome(JsonNode answer, List<String> lines, List<String> complaints) {
    public Outcome {
        lines = List.copyOf(lines);
        complaints = List.copyOf(complaints);
    }
}
