package io.livepatch.charm.livepatch;

import io.livepatch.charm.exec.Command;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code livepatch-server storage … --format json} says: lines while it works, then an object. Used by one thread. */
final class StorageToolOutput {
    private static final JsonMapper JSON = new JsonMapper();
    /** A reason may name one patch a line; all of a broken store's would fill the model. */
    private static final int SHOWN_LINES = 20;

    private final Consumer<String> progress;
    private final StringBuilder object = new StringBuilder();

    StorageToolOutput(Consumer<String> progress) {
        this.progress = progress;
    }

    void line(String line) {
        if (object.isEmpty() && !line.startsWith("{")) {
            if (!line.isBlank()) {
                progress.accept(line);
            }
        } else {
            object.append(line).append('\n');
        }
    }

    /** The fields of the object, those of objects in it as {@code outer.inner}; what is no object as it was said. */
    Map<String, String> results() {
        Map<String, String> results = new LinkedHashMap<>();
        String said = object.toString().strip();
        try {
            flatten("", JSON.readTree(said), results);
        } catch (JacksonException e) {
            results.put("output", said);
        }
        return results;
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> into) {
        node.forEachEntry((key, value) -> {
            if (value.isObject()) {
                flatten(prefix + key + ".", value, into);
            } else {
                into.put(prefix + key, value.isValueNode() ? value.asString() : value.toString());
            }
        });
    }

    String complaint(Command.Output output) {
        List<String> lines = output.stderr().strip().lines().toList();
        return lines.isEmpty()
                ? output.reason()
                : String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }
}
