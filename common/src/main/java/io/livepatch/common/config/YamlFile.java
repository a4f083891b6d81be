package io.livepatch.common.config;

import java.util.Iterator;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** YAML as a tree of nodes with their lines and original texts: {@code 107.10} is not converted to a number. */
final class YamlFile {
    // A key that is a list or a mapping is refused by the reader, which names its section.
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setAllowNonScalarKeys(true)
            .build();

    private YamlFile() {}

    /**
     * The document; empty if the text has none, or was refused.
     *
     * @param problems accepts the line, or 0, and the problem. It never quotes the text, which may contain secrets.
     */
    static Optional<Node> read(String text, BiConsumer<Integer, String> problems) {
        try {
            Iterator<Node> documents =
                    new Compose(SETTINGS).composeAllFromString(text).iterator();
            Optional<Node> document = documents.hasNext() ? Optional.of(documents.next()) : Optional.empty();
            if (documents.hasNext()) {
                problems.accept(line(documents.next()), "begins a second document; keep one");
            }
            return document.filter(node -> !isNull(node));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
            problems.accept(line, "is not YAML here; check indentation, quotes and brackets");
        } catch (YamlEngineException e) {
            problems.accept(0, "is not YAML that can be read: it holds unprintable characters or too many aliases");
        }
        return Optional.empty();
    }

    static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    static boolean isNull(Node node) {
        return Tag.NULL.equals(node.getTag());
    }

    /** A description for messages about a node of the wrong kind. */
    static String kind(Node node) {
        return switch (node) {
            case MappingNode _ -> "a mapping";
            case SequenceNode _ -> "a list";
            case ScalarNode scalar when isNull(scalar) -> "empty";
            default -> "a single value";
        };
    }
}
