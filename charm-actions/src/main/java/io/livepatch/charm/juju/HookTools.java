package io.livepatch.charm.juju;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.exec.ExternalProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Juju's hook tools: programs on the {@code PATH} of a hook. What they answer does not change during a hook, and each call is a
 * process, so answers are kept. Used by one thread.
 */
final class HookTools {
    private static final JsonMapper JSON = new JsonMapper();
    /** How Juju refuses what a unit may not see, or may not see yet. */
    private static final Pattern NOT_VISIBLE =
            Pattern.compile("not found|permission denied|access denied|no access", Pattern.CASE_INSENSITIVE);

    private final ToolRunner runner;
    private final Map<List<String>, Optional<JsonNode>> answers = new HashMap<>();

    /** Runs a tool with its arguments and standard input. */
    @FunctionalInterface
    interface ToolRunner {
        ExternalProgram.Output run(List<String> command, String input);
    }

    HookTools(ToolRunner runner) {
        this.runner = runner;
    }

    /** The programs on the {@code PATH} of this process. */
    static HookTools onPath() {
        return new HookTools(
                (command, input) -> ExternalProgram.of(command).withInput(input).run());
    }

    /**
     * Reads JSON.
     *
     * @throws CharmException if the tool fails
     */
    JsonNode read(String tool, String... arguments) {
        return answer(false, tool, arguments).orElseThrow();
    }

    /**
     * Reads what may not exist or may not be readable yet: access to a granted secret can be refused for a while after the grant.
     *
     * @throws CharmException if the tool fails for another reason
     */
    Optional<JsonNode> find(String tool, String... arguments) {
        return answer(true, tool, arguments);
    }

    private Optional<JsonNode> answer(boolean optional, String tool, String... arguments) {
        List<String> command = new ArrayList<>(List.of(tool, "--format=json"));
        command.addAll(List.of(arguments));
        Optional<JsonNode> known = answers.get(command);
        if (known != null) {
            return known;
        }
        ExternalProgram.Output output = runner.run(command, "");
        Optional<JsonNode> answer =
                optional && !output.ok() && NOT_VISIBLE.matcher(output.stderr()).find()
                        ? Optional.empty()
                        : Optional.of(parse(tool, checked(tool, output)));
        answers.put(command, answer);
        return answer;
    }

    private static JsonNode parse(String tool, String text) {
        try {
            return JSON.readTree(text.isBlank() ? "null" : text);
        } catch (JacksonException e) {
            // Without the text, which may be a secret's content.
            throw new CharmException("hook tool " + tool + " did not answer with JSON");
        }
    }

    /** Runs a tool that changes something, and returns its output. Arguments can be seen by every user of the machine. */
    String write(String tool, String... arguments) {
        return writeInput("", tool, arguments);
    }

    /** Runs a tool that reads these entries from standard input ({@code --file -}). */
    void writeEntries(Map<String, String> entries, String tool, String... arguments) {
        writeInput(JSON.writeValueAsString(entries), tool, arguments);
    }

    private String writeInput(String input, String tool, String... arguments) {
        List<String> command = new ArrayList<>(List.of(tool));
        command.addAll(List.of(arguments));
        return checked(tool, runner.run(command, input)).strip();
    }

    private static String checked(String tool, ExternalProgram.Output output) {
        if (!output.ok()) {
            throw new CharmException("hook tool " + tool + " failed with exit code " + output.exit() + ": "
                    + output.reason().replaceFirst("^ERROR ", ""));
        }
        return output.stdout();
    }

    /** The fields of an object as text; none of {@code null}. */
    static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.forEachEntry((key, value) -> {
            if (!value.isNull()) {
                texts.put(key, value.isValueNode() ? value.asString() : value.toString());
            }
        });
        return texts;
    }

    /** The elements of a list as text; none of {@code null}. */
    static List<String> list(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }
}
