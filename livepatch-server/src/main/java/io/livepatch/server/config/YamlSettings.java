package io.livepatch.server.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Flattens YAML to dotted keys and text, token by token: the text stays as it was written ({@code 107.10} is no number,
 * {@code 1_000} no thousand), a key given twice is seen, and an alias is refused instead of expanded, so no document grows.
 */
final class YamlSettings {
    private final String file;
    private final List<Problem> problems;
    private final Map<String, String> settings = new LinkedHashMap<>();

    private YamlSettings(String file, List<Problem> problems) {
        this.file = file;
        this.problems = problems;
    }

    /** Everything that is set to something, by dotted key; what is wrong goes to {@code problems}. */
    static Map<String, String> read(String file, String text, List<Problem> problems) {
        YamlSettings yaml = new YamlSettings(file, problems);
        try (JsonParser parser = new YAMLMapper().createParser(text)) {
            yaml.document((YAMLParser) parser);
        } catch (JacksonException e) {
            // Neither message nor snippet: they quote the file, and it may hold a password.
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            yaml.problem("line " + line, "is not YAML", "check indentation, quotes and brackets there");
        }
        return yaml.settings;
    }

    private void document(YAMLParser parser) {
        JsonToken first = parser.nextToken();
        if (first == JsonToken.START_OBJECT) {
            object(parser, "");
        } else if (first != null && first != JsonToken.VALUE_NULL) {
            problem("line 1", "is not a list of keys", "write lines like 'server.drain: 5s'");
            return;
        }
        if (first != null && parser.nextToken() != null) {
            problem("line " + line(parser), "begins a second document", "keep one document in the file");
        }
    }

    private void object(YAMLParser parser, String prefix) {
        for (JsonToken token = parser.nextToken(); token == JsonToken.PROPERTY_NAME; token = parser.nextToken()) {
            String key = prefix + parser.currentName().replace('_', '-');
            JsonToken value = parser.nextToken();
            if (parser.isCurrentAlias()) {
                problem(key, "is an alias (line " + line(parser) + ")", "write the value out");
            } else if (value == JsonToken.START_OBJECT) {
                object(parser, key + ".");
            } else if (value == JsonToken.START_ARRAY) {
                put(key, list(parser, key));
            } else if (value != JsonToken.VALUE_NULL) {
                put(key, parser.getString());
            }
        }
    }

    private String list(YAMLParser parser, String key) {
        List<String> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == null || token.isStructStart() || parser.isCurrentAlias()) {
                problem(key, "has an entry that is not plain text (line " + line(parser) + ")", "list plain values");
                parser.skipChildren();
            } else {
                items.add(parser.getString());
            }
        }
        return String.join("\n", items);
    }

    private void put(String key, String value) {
        if (settings.putIfAbsent(key, value.strip()) != null) {
            problem(key, "is given twice", "keep one of them; '-' and '_', nested and dotted are the same key");
        }
    }

    private static int line(YAMLParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private void problem(String key, String what, String remedy) {
        problems.add(new Problem(file + ": " + key, "", what, remedy));
    }
}
