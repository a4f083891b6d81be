package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import io.livepatch.common.config.ConfigSchema.Shape;
import io.livepatch.common.config.RawValues.Item;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Checks the keys of YAML and of the environment against a schema, and collects the raw value of each option. */
final class RawValuesReader {
    private final ConfigReader.Settings settings;
    private final ProblemList problems;
    /** Pairs whose value is an alias. */
    private final Set<NodeTuple> aliases = Collections.newSetFromMap(new IdentityHashMap<>());

    RawValuesReader(ConfigReader.Settings settings, ProblemList problems) {
        this.settings = settings;
        this.problems = problems;
    }

    /** Replaces collected values by those of environment variables. A variable with the prefix that is not an option is a problem. */
    void collectEnvironment(ConfigSchema schema, RawValues root) {
        Set<String> known = new HashSet<>();
        collectEnvironment(schema, root, known);
        refuseUnknownVariables(known);
    }

    /** Collects the values of a document. */
    void collectDocument(ConfigSchema schema, Node document, RawValues root) {
        if (settings.refuseAliases()) {
            refuseAliases("", 0, document, Collections.newSetFromMap(new IdentityHashMap<>()));
        }
        collect(schema, document, root);
    }

    /** Reports every alias below a node. The same node stands in the tree where an anchor is and where its aliases are. */
    private void refuseAliases(String path, int line, Node node, Set<Node> seen) {
        if (!seen.add(node)) {
            problems.add(line, path, "is an alias", "write the value out");
        } else if (node instanceof MappingNode mapping) {
            for (NodeTuple pair : mapping.getValue()) {
                String key = pair.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
                if (seen.contains(pair.getValueNode())) {
                    aliases.add(pair);
                }
                refuseAliases(
                        path.isEmpty() ? key : path + "." + key,
                        YamlFile.line(pair.getKeyNode()),
                        pair.getValueNode(),
                        seen);
            }
        } else if (node instanceof SequenceNode list) {
            for (int index = 0; index < list.getValue().size(); index++) {
                Node item = list.getValue().get(index);
                // The mark of an alias is that of its anchor.
                refuseAliases("%s[%d]".formatted(path, index), Math.max(line, YamlFile.line(item)), item, seen);
            }
        }
    }

    void collect(ConfigSchema schema, Node node, RawValues raw) {
        if (!(node instanceof MappingNode mapping)) {
            problems.add(YamlFile.line(node), raw.path(), "is " + YamlFile.kind(node), "give keys and values");
            return;
        }
        Set<Entry> nested = new HashSet<>();
        for (NodeTuple pair : mapping.getValue()) {
            int line = YamlFile.line(pair.getKeyNode());
            if (aliases.contains(pair)) {
                continue;
            }
            if (pair.getKeyNode() instanceof ScalarNode key) {
                collect(schema, raw, key.getValue(), pair.getValueNode(), line, nested);
            } else {
                problems.add(line, raw.path(), "has a key that is " + YamlFile.kind(pair.getKeyNode()), "give a word");
            }
        }
    }

    private void collect(ConfigSchema schema, RawValues raw, String key, Node node, int line, Set<Entry> nested) {
        int dot = key.indexOf('.');
        Optional<Entry> entry = schema.entry(key);
        Optional<Entry> outer = dot < 0 || entry.isPresent() ? Optional.empty() : schema.entry(key.substring(0, dot));
        if (outer.isPresent() && outer.get().shape() == Shape.SECTION) {
            RawValues section = raw.section(outer.get(), line);
            collect(outer.get().section(), section, key.substring(dot + 1), node, line, new HashSet<>());
        } else if (entry.isEmpty()) {
            unknown(schema, raw, key, node, line);
        } else if (!isAbsent(entry.get(), node)) {
            collect(entry.get(), raw, key, node, line, nested);
        }
    }

    private void collect(Entry entry, RawValues raw, String key, Node node, int line, Set<Entry> nested) {
        if (entry.shape() != Shape.SECTION) {
            if (raw.items().putIfAbsent(entry, new Item(node, problems.source(), YamlFile.line(node))) != null) {
                problems.add(line, raw.pathOf(key), "is given twice", "keep one of them" + otherNames(entry));
            }
            return;
        }
        if (!nested.add(entry)) {
            problems.add(line, raw.pathOf(key), "is given twice", "keep one of them");
        }
        RawValues section = raw.section(entry, line);
        Optional<Entry> shorthand = entry.section().entry(entry.option().shorthand());
        if (node instanceof ScalarNode && shorthand.isPresent()) {
            section.shorthand(shorthand.get().key())
                    .items()
                    .put(shorthand.get(), new Item(node, problems.source(), YamlFile.line(node)));
        } else {
            collect(entry.section(), node, section);
        }
    }

    private static String otherNames(Entry entry) {
        return entry.names().size() == 1
                ? "; '-' and '_', nested and dotted are the same key"
                : "; " + String.join(" and ", entry.names()) + " are names of one option";
    }

    private static boolean isAbsent(Entry entry, Node node) {
        boolean blank = node instanceof ScalarNode scalar && scalar.getValue().isBlank();
        return YamlFile.isNull(node) || (blank && entry.shape() != Shape.MAP);
    }

    private void unknown(ConfigSchema schema, RawValues raw, String key, Node node, int line) {
        String path = KeyStyle.canonical(raw.pathOf(key));
        boolean known = settings.unsupported().contains().test(path);
        if (node instanceof MappingNode mapping && (known || holdsUnsupported(path, mapping))) {
            for (NodeTuple pair : mapping.getValue()) {
                String inner = pair.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
                unknown(schema, raw, key + "." + inner, pair.getValueNode(), YamlFile.line(pair.getKeyNode()));
            }
        } else if (known) {
            String value = node instanceof ScalarNode scalar ? scalar.getValue().strip() : "";
            unsupported(problems.source(), line, raw.pathOf(key), path, value);
        } else {
            String remedy = schema.similar(key)
                    .map(similar -> "did you mean '" + similar + "'?")
                    .orElse("remove it; keys are " + String.join(", ", schema.keys()));
            problems.add(line, raw.pathOf(key), "unknown key", remedy);
        }
    }

    private boolean holdsUnsupported(String path, MappingNode mapping) {
        return mapping.getValue().stream()
                .map(NodeTuple::getKeyNode)
                .anyMatch(key -> key instanceof ScalarNode scalar
                        && settings.unsupported().contains().test(path + "." + KeyStyle.canonical(scalar.getValue())));
    }

    private void unsupported(String where, int line, String key, String canonical, String value) {
        if (settings.unsupported().switchedOn().test(canonical, value)) {
            problems.add(
                    where,
                    line,
                    key,
                    value,
                    "asks for a feature that this program does not have",
                    "set it to false or remove it");
        } else {
            problems.warn(where, line, key, "is ignored: this program does not have that option");
        }
    }

    private void collectEnvironment(ConfigSchema schema, RawValues raw, Set<String> known) {
        for (Entry entry : schema.entries()) {
            if (entry.inline()) {
                collectEnvironment(entry.section(), raw, known);
            } else if (entry.shape() == Shape.SECTION) {
                RawValues section = raw.sections().getOrDefault(entry, new RawValues(raw.pathOf(entry.key()), 0));
                collectEnvironment(entry.section(), section, known);
                if (!section.items().isEmpty() || !section.sections().isEmpty()) {
                    raw.sections().putIfAbsent(entry, section);
                }
            } else if (entry.shape() == Shape.VALUE || entry.shape() == Shape.VALUES) {
                List<String> variables = variables(entry, raw);
                known.addAll(variables);
                variables.stream()
                        .filter(variable -> !settings.environment()
                                .getOrDefault(variable, "")
                                .isBlank())
                        .findFirst()
                        .ifPresent(variable -> raw.items().put(entry, fromEnvironment(variable)));
            }
        }
    }

    List<String> variables(Entry entry, RawValues raw) {
        String derived = settings.prefix()
                + raw.pathOf(entry.key())
                        .toUpperCase(Locale.ROOT)
                        .replace('.', '_')
                        .replace('-', '_');
        return Stream.concat(
                        Stream.of(entry.option().variables()),
                        settings.prefix().isEmpty() ? Stream.empty() : Stream.of(derived))
                .toList();
    }

    private Item fromEnvironment(String variable) {
        String text = settings.environment().getOrDefault(variable, "");
        return new Item(new ScalarNode(Tag.STR, text, ScalarStyle.PLAIN), "environment variable " + variable, 0);
    }

    private void refuseUnknownVariables(Set<String> known) {
        new TreeMap<>(settings.environment()).forEach((variable, value) -> {
            // Charms write empty variables for options that are not set.
            if (settings.prefix().isEmpty()
                    || !variable.startsWith(settings.prefix())
                    || known.contains(variable)
                    || value.isBlank()) {
                return;
            }
            if (settings.unsupported().contains().test(variable)) {
                unsupported("the environment", 0, variable, variable, value.strip());
            } else {
                String remedy = DidYouMean.similar(variable, known)
                        .map(similar -> "did you mean '" + similar + "'?")
                        .orElse("remove it");
                problems.add("the environment", 0, variable, "", "unknown key", remedy);
            }
        });
    }
}
