package io.livepatch.fleet.config;

import io.livepatch.common.config.DidYouMean;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of the file. Its shape is checked against its {@link Section} before anything is read from it; a key without a value counts as
 * absent. What cannot be read is noted and counts as absent as well.
 */
final class Values {
    private final String path;
    private final int line;
    private final Map<String, Node> given = new LinkedHashMap<>();
    private final Problems problems;

    private Values(String path, int line, Problems problems) {
        this.path = path;
        this.line = line;
        this.problems = problems;
    }

    static Values of(Node node, Section section, String path, Problems problems) {
        Values values = new Values(path, Yaml.line(node), problems);
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(pair -> values.take(pair, section));
        } else {
            problems.add(Yaml.line(node), path, "is %s; give keys and values".formatted(Yaml.kind(node)));
        }
        return values;
    }

    /** A mapping that was not given. */
    static Values none(String path, Problems problems) {
        return new Values(path, 0, problems);
    }

    private void take(NodeTuple pair, Section section) {
        int at = Yaml.line(pair.getKeyNode());
        if (!(pair.getKeyNode() instanceof ScalarNode key)) {
            problems.add(at, path, "has a key that is " + Yaml.kind(pair.getKeyNode()));
            return;
        }
        Optional<String> known = section.known(key.getValue());
        if (known.isEmpty()) {
            String choice = DidYouMean.similar(key.getValue(), section.names())
                    .map(similar -> "did you mean '" + similar + "'?")
                    .orElse("there is " + String.join(", ", section.names()));
            problems.add(at, pathOf(key.getValue()), "unknown key, " + choice);
        } else if (given.putIfAbsent(known.get(), pair.getValueNode()) != null) {
            problems.add(at, pathOf(key.getValue()), "is given twice; keep one of them");
        }
    }

    /** The value of a key; empty if it is absent or was noted as a problem. */
    <T> Optional<T> get(Key<T> key) {
        return node(key.name()).flatMap(node -> {
            try {
                return Optional.of(key.reading().read(node));
            } catch (IllegalArgumentException e) {
                problems.add(Yaml.line(node), pathOf(key.name()), e.getMessage() + "; give " + key.expected());
                return Optional.empty();
            }
        });
    }

    /** The value of a key that must be there; empty only if that was noted as a problem. */
    <T> Optional<T> require(Key<T> key) {
        if (!has(key.name())) {
            note(key.name(), "is missing; give " + key.expected());
        }
        return get(key);
    }

    /** What stands under a key, if it is a mapping. */
    boolean isMapping(String name) {
        return node(name).filter(MappingNode.class::isInstance).isPresent();
    }

    /** What stands under a key; without it, nothing with the same path. */
    Values part(String name, Section section) {
        return node(name)
                .map(node -> of(node, section, pathOf(name), problems))
                .orElseGet(() -> none(pathOf(name), problems));
    }

    List<Values> parts(String name, Section section) {
        List<Values> all = new ArrayList<>();
        for (Node item : items(name)) {
            all.add(of(item, section, "%s[%d]".formatted(pathOf(name), all.size()), problems));
        }
        return all;
    }

    /** A list of single values. */
    <T> List<T> list(String name, Key.Reading<T> reading) {
        List<T> all = new ArrayList<>();
        int index = 0;
        for (Node item : items(name)) {
            try {
                all.add(reading.read(item));
            } catch (IllegalArgumentException e) {
                problems.add(Yaml.line(item), "%s[%d]".formatted(pathOf(name), index), String.valueOf(e.getMessage()));
            }
            index++;
        }
        return all;
    }

    private List<Node> items(String name) {
        Optional<Node> node = node(name);
        if (node.isPresent() && !(node.get() instanceof SequenceNode)) {
            note(name, "is %s; give a list".formatted(Yaml.kind(node.get())));
        }
        return node.filter(SequenceNode.class::isInstance)
                .map(list -> ((SequenceNode) list).getValue())
                .orElse(List.of());
    }

    boolean has(String name) {
        return node(name).isPresent();
    }

    /** Notes that something is wrong with a key, or with the lack of it. */
    void note(String name, String what) {
        problems.add(node(name).map(Yaml::line).orElse(line), name.isEmpty() ? path : pathOf(name), what);
    }

    /** What values make together. A refusal is noted at a key, unless something here is already known to be wrong. */
    <T> Optional<T> together(String name, Supplier<T> made) {
        try {
            return Optional.of(made.get());
        } catch (IllegalArgumentException e) {
            if (!problems.under(path)) {
                note(name, String.valueOf(e.getMessage()));
            }
            return Optional.empty();
        }
    }

    boolean isWrong() {
        return problems.under(path);
    }

    private String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private Optional<Node> node(String name) {
        return Optional.ofNullable(given.get(name)).filter(node -> !Yaml.isNull(node));
    }
}
