package io.livepatch.supervisor.config;

import io.livepatch.common.config.DidYouMean;
import io.livepatch.supervisor.SupervisorException;
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
 * One mapping of the file. Its shape is checked against its {@link Section} before anything is read from it; a key without a
 * value counts as absent, as it does for Go. What cannot be read is noted and counts as absent as well.
 */
final class Values {

    private final String path;
    private final int line;
    private final boolean mapping;
    private final Map<String, Node> given = new LinkedHashMap<>();
    private final Problems problems;

    private Values(String path, Node node, Problems problems) {
        this.path = path;
        this.line = Yaml.line(node);
        this.mapping = node instanceof MappingNode;
        this.problems = problems;
    }

    static Values of(Node node, Section section, String path, Problems problems) {
        Values values = new Values(path, node, problems);
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(pair -> values.take(pair, section));
        } else {
            problems.add(Yaml.line(node), path, "is %s; give keys and values".formatted(Yaml.kind(node)));
        }
        return values;
    }

    private void take(NodeTuple pair, Section section) {
        int at = Yaml.line(pair.getKeyNode());
        if (!(pair.getKeyNode() instanceof ScalarNode key)) {
            problems.add(at, path, "has a key that is " + Yaml.kind(pair.getKeyNode()));
        } else if (!section.names().contains(key.getValue())) {
            String choice = DidYouMean.similar(key.getValue(), section.names())
                    .map(similar -> "did you mean '" + similar + "'?")
                    .orElse("there is " + String.join(", ", section.names()));
            problems.add(at, pathOf(key.getValue()), "unknown key, " + choice);
        } else if (given.putIfAbsent(key.getValue(), pair.getValueNode()) != null) {
            problems.add(at, pathOf(key.getValue()), "is given twice; keep one of them");
        }
    }

    /** The value of a key; empty if it is absent or was noted as a problem. */
    <T> Optional<T> get(Key<T> key) {
        return node(key.name()).flatMap(node -> {
            try {
                return Optional.of(key.reading().read(node));
            } catch (SupervisorException.InvalidSpec e) {
                problems.add(Yaml.line(node), pathOf(key.name()), String.valueOf(e.getMessage()));
            } catch (IllegalArgumentException e) {
                problems.add(Yaml.line(node), pathOf(key.name()), e.getMessage() + "; give " + key.expected());
            }
            return Optional.empty();
        });
    }

    /** The value of a key that must be there; empty only if that was noted as a problem. */
    <T> Optional<T> require(Key<T> key) {
        if (mapping && node(key.name()).isEmpty()) {
            problems.add(line, pathOf(key.name()), "is missing; give " + key.expected());
        }
        return get(key);
    }

    Optional<Values> part(Section section) {
        return node(section.name()).map(node -> of(node, section, pathOf(section.name()), problems));
    }

    List<Values> parts(Section section) {
        List<Values> all = new ArrayList<>();
        node(section.name()).ifPresent(node -> {
            if (node instanceof SequenceNode list) {
                for (Node item : list.getValue()) {
                    all.add(of(item, section, "%s[%d]".formatted(pathOf(section.name()), all.size()), problems));
                }
            } else {
                note(section.name(), "is %s; give a list: '- name: …'".formatted(Yaml.kind(node)));
            }
        });
        return all;
    }

    boolean has(String name) {
        return node(name).isPresent();
    }

    /** Notes that something is wrong with a key, or with the lack of it. */
    void note(String name, String what) {
        problems.add(node(name).map(Yaml::line).orElse(line), name.isEmpty() ? path : pathOf(name), what);
    }

    /**
     * What the values below a key, or of this whole mapping, make together. Its refusal is noted there, unless one of these
     * values is already known to be wrong.
     */
    <T> T together(String name, Supplier<T> made, T otherwise) {
        try {
            return made.get();
        } catch (SupervisorException.InvalidSpec e) {
            if (!problems.under(name.isEmpty() ? path : pathOf(name))) {
                note(name, String.valueOf(e.getMessage()));
            }
            return otherwise;
        }
    }

    Problems problems() {
        return problems;
    }

    String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private Optional<Node> node(String name) {
        return Optional.ofNullable(given.get(name)).filter(node -> !Yaml.isNull(node));
    }
}
