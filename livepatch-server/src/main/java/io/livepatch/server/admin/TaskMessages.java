package io.livepatch.server.admin;

import io.livepatch.server.placement.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** Texts for a person, from the API's answers to a {@link StorageTask}. Pure. */
final class TaskMessages {
    private TaskMessages() {}

    static List<String> status(JsonNode status) {
        List<String> lines = new ArrayList<>();
        lines(status, "", lines);
        return lines;
    }

    private static void lines(JsonNode node, String prefix, List<String> lines) {
        node.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            String name = prefix + entry.getKey();
            if (value.isObject()) {
                lines(value, name + ".", lines);
            } else if (value.isArray()) {
                lines.add(name + ": " + (value.isEmpty() ? "none" : ""));
                value.forEach(one -> lines.add("  " + oneLine(one)));
            } else {
                lines.add(name + ": " + value.asString(""));
            }
        });
    }

    private static String oneLine(JsonNode one) {
        return one.isObject()
                ? String.join(
                        ", ",
                        one.properties().stream()
                                .map(entry ->
                                        entry.getKey() + " " + entry.getValue().asString(""))
                                .toList())
                : one.asString("");
    }

    static List<String> verified(JsonNode result, Duration elapsed) {
        List<String> lines = new ArrayList<>();
        lines.add(verifiedStore(result, elapsed));
        if (result.has("cache")) {
            int removed = result.path("cache").path("removed").size();
            lines.add(
                    "verified %d copies in the caches of the units that answered (behind a load balancer, a part of each): %s"
                            .formatted(
                                    result.path("cache").path("checked").asLong(0),
                                    removed == 0 ? "all are whole" : removed + " were damaged and are removed"));
        }
        return lines;
    }

    private static String verifiedStore(JsonNode result, Duration elapsed) {
        int damaged = result.path("damaged").size();
        return "verified %d patches, %s, in '%s' in %d s: %s"
                .formatted(
                        result.path("patches").asLong(0),
                        Progress.size(result.path("bytes").asLong(0)),
                        result.path("type").asString(""),
                        elapsed.toSeconds(),
                        damaged == 0 ? "all are whole" : damaged + " are damaged and not offered");
    }

    static List<String> damaged(JsonNode result) {
        List<String> complaints = new ArrayList<>(obstacles(result.path("damaged")));
        if (!complaints.isEmpty()) {
            complaints.add("upload them again with 'livepatch-admin patch add', which replaces the damaged bytes");
        }
        result.path("cache")
                .path("removed")
                .forEach(filename -> complaints.add(filename.asString("")
                        + ": the copy in the cache of a unit was damaged; it was removed, and is read from the store again when"
                        + " a machine requests it"));
        return complaints;
    }

    static String planned(JsonNode plan) {
        if (plan.path("state").asString("").equals("moved")) {
            return nothingToDo(plan);
        }
        JsonNode patches = plan.path("patches");
        long there = patches.path("done").asLong(0);
        long bytes = plan.path("bytes").path("total").asLong(0)
                - plan.path("bytes").path("done").asLong(0);
        return "would move %d patches, %s, from '%s' to '%s'; %d more are already there"
                .formatted(
                        patches.path("total").asLong(0) - there,
                        Progress.size(bytes),
                        plan.path("from").asString(""),
                        plan.path("to").asString(""),
                        there);
    }

    static String nothingToDo(JsonNode plan) {
        return "patches are served from '" + plan.path("to").asString("") + "' already, there is nothing to do";
    }

    static String moved(JsonNode step, Duration elapsed) {
        return "moved %d patches, %s, from '%s' to '%s' in %d s; they are served from there now"
                .formatted(
                        step.path("patches").path("total").asLong(0),
                        Progress.size(step.path("bytes").path("total").asLong(0)),
                        step.path("from").asString(""),
                        step.path("to").asString(""),
                        elapsed.toSeconds());
    }

    static String blocked(JsonNode step) {
        return "copied %d of %d patches to '%s'; they are still served from '%s', since the others could not be copied"
                .formatted(
                        step.path("patches").path("done").asLong(0),
                        step.path("patches").path("total").asLong(0),
                        step.path("to").asString(""),
                        step.path("from").asString(""));
    }

    static List<String> obstacles(Iterable<JsonNode> obstacles) {
        return StreamSupport.stream(obstacles.spliterator(), false)
                .map(obstacle -> obstacle.has("filename")
                        ? obstacle.path("filename").asString("") + ": "
                                + obstacle.path("reason").asString("")
                        : obstacle.path("reason").asString(""))
                .toList();
    }
}
