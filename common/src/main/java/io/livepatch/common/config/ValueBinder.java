package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import io.livepatch.common.config.ConfigSchema.Shape;
import io.livepatch.common.config.RawValues.Item;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Parses the raw values of single options. A refused value is a problem, and is replaced by the default. */
final class ValueBinder {
    private final ConfigReader.Settings settings;
    private final RawValuesReader reader;
    private final ProblemList problems;

    ValueBinder(ConfigReader.Settings settings, RawValuesReader reader, ProblemList problems) {
        this.settings = settings;
        this.reader = reader;
        this.problems = problems;
    }

    @Nullable
    Object single(Entry entry, RawValues raw) {
        Item item = raw.items().get(entry);
        String byDefault = settings.defaults()
                .getOrDefault(raw.pathOf(entry.key()), entry.option().byDefault());
        if (item != null) {
            Object value = parse(entry, item, raw.pathOf(entry.key()), item.node());
            if (value != null) {
                return value;
            }
        } else if (byDefault.isEmpty() && !entry.optional()) {
            problems.add(raw.line(), raw.pathOf(entry.key()), "is missing", remedy(entry, raw));
        }
        return byDefault.isEmpty() ? null : absolute(entry.parse(byDefault));
    }

    /** The remedy for a missing value. */
    String remedy(Entry entry, RawValues raw) {
        return "give " + entry.expected()
                + (settings.prefix().isEmpty()
                        ? ""
                        : ", here or in " + reader.variables(entry, raw).getLast());
    }

    private @Nullable Object parse(Entry entry, Item item, String path, Node node) {
        int line = Math.max(item.line(), YamlFile.line(node));
        String shown = "";
        try {
            if (!(node instanceof ScalarNode scalar) || YamlFile.isNull(node)) {
                throw new IllegalArgumentException("is " + YamlFile.kind(node) + " where a single value must be");
            }
            // An item may be an argument of a command, where spaces count.
            boolean verbatim = entry.shape() == Shape.VALUES && !scalar.isPlain();
            String text = verbatim ? scalar.getValue() : scalar.getValue().strip();
            shown = entry.secret() ? Secret.MASK : text;
            boolean written = item.source().equals(problems.source());
            Set<Tag> tags = entry.type().tags();
            if (settings.strictTypes() && written && !tags.isEmpty() && !tags.contains(scalar.getTag())) {
                throw new IllegalArgumentException(
                        scalar.isPlain()
                                ? tags.contains(Tag.STR)
                                        ? "has no unit"
                                        : "is not " + entry.type().expected()
                                : "is a text in quotes");
            }
            return absolute(entry.parse(text));
        } catch (IllegalArgumentException e) {
            problems.add(item.source(), line, path, shown, String.valueOf(e.getMessage()), "give " + entry.expected());
            return null;
        }
    }

    private Object absolute(Object value) {
        return value instanceof Path path && settings.directory().isPresent()
                ? settings.directory().get().resolve(path).normalize()
                : value;
    }

    List<Object> list(Entry entry, RawValues raw) {
        Item item = raw.items().get(entry);
        String path = raw.pathOf(entry.key());
        List<Object> values = new ArrayList<>();
        boolean text = !entry.option().separator().isEmpty();
        if (item == null
                || (text
                        && item.node() instanceof SequenceNode list
                        && list.getValue().isEmpty())) {
            entry.split(entry.option().byDefault()).forEach(part -> values.add(absolute(entry.parse(part))));
        } else if (item.node() instanceof SequenceNode list) {
            for (int index = 0; index < list.getValue().size(); index++) {
                Node node = list.getValue().get(index);
                values.addAll(items(entry, item, "%s[%d]".formatted(path, index), node, text));
            }
        } else if (item.node() instanceof ScalarNode node
                && (text || !item.source().equals(problems.source()))) {
            values.addAll(items(entry, item, path, node, true));
        } else {
            String expected = entry.option().expected();
            String remedy = "give " + (expected.isEmpty() ? "a list" : expected);
            problems.add(item.source(), item.line(), path, "", "is " + YamlFile.kind(item.node()), remedy);
        }
        return List.copyOf(values);
    }

    /** The value of a node, or the values between separators in it. */
    private List<Object> items(Entry entry, Item item, String path, Node node, boolean split) {
        Stream<Node> nodes = split && node instanceof ScalarNode text && !YamlFile.isNull(node)
                ? entry.split(text.getValue()).stream().map(part -> new ScalarNode(Tag.STR, part, ScalarStyle.PLAIN))
                : Stream.of(node);
        return nodes.flatMap(part -> Stream.ofNullable(parse(entry, item, path, part)))
                .toList();
    }

    Map<String, Object> map(Entry entry, RawValues raw) {
        Item item = raw.items().get(entry);
        Map<String, Object> values = new LinkedHashMap<>();
        if (item == null) {
            return values;
        }
        String path = raw.pathOf(entry.key());
        if (!(item.node() instanceof MappingNode mapping)) {
            problems.add(
                    item.source(),
                    item.line(),
                    path,
                    "",
                    "is " + YamlFile.kind(item.node()),
                    "give " + entry.expected());
            return values;
        }
        for (NodeTuple pair : mapping.getValue()) {
            String key = pair.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (key.isEmpty()) {
                problems.add(YamlFile.line(pair.getKeyNode()), path, "has a key that is not a word", "give a word");
            } else if (!(pair.getValueNode() instanceof ScalarNode value) || YamlFile.isNull(value)) {
                String kind = YamlFile.kind(pair.getValueNode());
                problems.add(
                        YamlFile.line(pair.getValueNode()), path + "." + key, "is " + kind, "give " + entry.expected());
            } else if (values.putIfAbsent(key, value.getValue()) != null) {
                problems.add(YamlFile.line(pair.getKeyNode()), path + "." + key, "is given twice", "keep one");
            }
        }
        return Collections.unmodifiableMap(values);
    }
}
