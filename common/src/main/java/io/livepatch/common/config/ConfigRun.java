package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import io.livepatch.common.config.ConfigSchema.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** One reading of one configuration: collects what is given for each option, then binds it to records. */
final class ConfigRun {
    /** What is given for one option. */
    private record Item(Node node, String source, int line) {}

    /** What is given for one section. */
    private static final class Given {
        private final String path;
        private final int line;
        private final Map<Entry, Item> items = new LinkedHashMap<>();
        private final Map<Entry, Given> sections = new LinkedHashMap<>();

        private Given(String path, int line) {
            this.path = path;
            this.line = line;
        }

        private String pathOf(String key) {
            return key.isEmpty() ? path : path.isEmpty() ? key : path + "." + key;
        }

        private boolean has(Entry entry) {
            return items.containsKey(entry) || sections.containsKey(entry);
        }
    }

    private final String source;
    private final String prefix;
    private final Map<String, String> environment;
    private final UnsupportedKeys unsupported;
    private final boolean strictTypes;
    private final boolean refuseAliases;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<ConfigProblem> warnings = new ArrayList<>();
    private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    ConfigRun(
            String source,
            String prefix,
            Map<String, String> environment,
            UnsupportedKeys unsupported,
            boolean strictTypes,
            boolean refuseAliases) {
        this.source = source;
        this.prefix = prefix;
        this.environment = environment;
        this.unsupported = unsupported;
        this.strictTypes = strictTypes;
        this.refuseAliases = refuseAliases;
    }

    List<ConfigProblem> warnings() {
        return warnings;
    }

    /** Throws {@link ConfigException} with everything that is wrong. */
    Object read(ConfigSchema schema, String text) {
        Given root = new Given("", 0);
        Optional<Node> document = YamlFile.read(text, (line, what) -> add(source, line, "", "", what, ""));
        // A text that is not YAML would be reported once more for each option that it seems to lack.
        boolean readable = problems.isEmpty();
        document.ifPresent(node -> collect(schema, node, root));
        Set<String> variables = new HashSet<>();
        collectEnvironment(schema, root, variables);
        refuseUnknownVariables(variables);
        Object bound = readable ? bind(schema, root) : null;
        if (bound == null || !problems.isEmpty()) {
            throw new ConfigException(problems.stream()
                    .sorted(Comparator.comparing(
                                    (ConfigProblem problem) -> !problem.source().equals(source))
                            .thenComparing(ConfigProblem::source)
                            .thenComparingInt(ConfigProblem::line))
                    .toList());
        }
        return bound;
    }

    private void collect(ConfigSchema schema, Node node, Given given) {
        if (!(node instanceof MappingNode mapping)) {
            add(source, YamlFile.line(node), given.path, "", "is " + YamlFile.kind(node), "give keys and values");
            return;
        }
        Set<Entry> nested = new HashSet<>();
        for (NodeTuple pair : mapping.getValue()) {
            int line = YamlFile.line(pair.getKeyNode());
            if (pair.getKeyNode() instanceof ScalarNode key) {
                collect(schema, given, key.getValue(), pair.getValueNode(), line, nested);
            } else {
                add(
                        source,
                        line,
                        given.path,
                        "",
                        "has a key that is " + YamlFile.kind(pair.getKeyNode()),
                        "give a word");
            }
        }
    }

    private void collect(ConfigSchema schema, Given given, String key, Node node, int line, Set<Entry> nested) {
        int dot = key.indexOf('.');
        Optional<Entry> entry = schema.entry(key);
        Optional<Entry> outer = dot < 0 || entry.isPresent() ? Optional.empty() : schema.entry(key.substring(0, dot));
        if (isAlias(node)) {
            add(source, YamlFile.line(node), given.pathOf(key), "", "is an alias", "write the value out");
        } else if (outer.isPresent() && outer.get().shape() == Shape.SECTION) {
            Given section = section(given, outer.get(), line);
            collect(outer.get().section(), section, key.substring(dot + 1), node, line, new HashSet<>());
        } else if (entry.isEmpty()) {
            unknown(schema, given, key, node, line);
        } else if (!isAbsent(entry.get(), node)) {
            collect(entry.get(), given, key, node, line, nested);
        }
    }

    private void collect(Entry entry, Given given, String key, Node node, int line, Set<Entry> nested) {
        if (entry.shape() != Shape.SECTION) {
            if (given.items.putIfAbsent(entry, new Item(node, source, YamlFile.line(node))) != null) {
                add(source, line, given.pathOf(key), "", "is given twice", "keep one of them" + otherNames(entry));
            }
            return;
        }
        if (!nested.add(entry)) {
            add(source, line, given.pathOf(key), "", "is given twice", "keep one of them");
        }
        Given section = section(given, entry, line);
        Optional<Entry> shorthand = entry.section().entry(entry.option().shorthand());
        if (node instanceof ScalarNode && shorthand.isPresent()) {
            section.items.put(shorthand.get(), new Item(node, source, YamlFile.line(node)));
        } else {
            collect(entry.section(), node, section);
        }
    }

    private static String otherNames(Entry entry) {
        return entry.names().size() == 1
                ? "; '-' and '_', nested and dotted are the same key"
                : "; " + String.join(" and ", entry.names()) + " are names of one option";
    }

    private static Given section(Given given, Entry entry, int line) {
        return given.sections.computeIfAbsent(entry, it -> new Given(given.pathOf(it.key()), line));
    }

    private boolean isAlias(Node node) {
        return refuseAliases && !YamlFile.isNull(node) && !seen.add(node);
    }

    private static boolean isAbsent(Entry entry, Node node) {
        boolean blank = node instanceof ScalarNode scalar && scalar.getValue().isBlank();
        return YamlFile.isNull(node) || (blank && entry.shape() != Shape.MAP);
    }

    private void unknown(ConfigSchema schema, Given given, String key, Node node, int line) {
        String path = KeyStyle.canonical(given.pathOf(key));
        if (!unsupported.contains().test(path)
                && node instanceof MappingNode mapping
                && holdsUnsupported(path, mapping)) {
            for (NodeTuple pair : mapping.getValue()) {
                String inner = pair.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
                unknown(schema, given, key + "." + inner, pair.getValueNode(), YamlFile.line(pair.getKeyNode()));
            }
        } else if (!unsupported.contains().test(path)) {
            String remedy = DidYouMean.similar(KeyStyle.canonical(key), schema.keys())
                    .map(similar -> "did you mean '" + similar + "'?")
                    .orElse("remove it; keys are " + String.join(", ", schema.keys()));
            add(source, line, given.pathOf(key), "", "unknown key", remedy);
        } else if (node instanceof MappingNode mapping) {
            for (NodeTuple pair : mapping.getValue()) {
                String inner = pair.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
                unknown(schema, given, key + "." + inner, pair.getValueNode(), YamlFile.line(pair.getKeyNode()));
            }
        } else {
            String value = node instanceof ScalarNode scalar ? scalar.getValue().strip() : "";
            unsupported(source, line, given.pathOf(key), path, value);
        }
    }

    private boolean holdsUnsupported(String path, MappingNode mapping) {
        return mapping.getValue().stream()
                .map(NodeTuple::getKeyNode)
                .anyMatch(key -> key instanceof ScalarNode scalar
                        && unsupported.contains().test(path + "." + KeyStyle.canonical(scalar.getValue())));
    }

    private void unsupported(String where, int line, String key, String canonical, String value) {
        if (unsupported.switchedOn().test(canonical, value)) {
            add(
                    where,
                    line,
                    key,
                    value,
                    "asks for a feature that this program does not have",
                    "set it to false or remove it");
        } else {
            warnings.add(
                    new ConfigProblem(where, line, key, "", "is ignored: this program does not have that option", ""));
        }
    }

    private void collectEnvironment(ConfigSchema schema, Given given, Set<String> known) {
        for (Entry entry : schema.entries()) {
            if (entry.shape() == Shape.SECTION) {
                Given section = given.sections.getOrDefault(entry, new Given(given.pathOf(entry.key()), 0));
                collectEnvironment(entry.section(), section, known);
                if (!section.items.isEmpty() || !section.sections.isEmpty()) {
                    given.sections.putIfAbsent(entry, section);
                }
            } else if (entry.shape() == Shape.VALUE || entry.shape() == Shape.VALUES) {
                List<String> variables = variables(entry, given);
                known.addAll(variables);
                variables.stream()
                        .filter(variable ->
                                !environment.getOrDefault(variable, "").isBlank())
                        .findFirst()
                        .ifPresent(variable -> given.items.put(entry, fromEnvironment(variable)));
            }
        }
    }

    private List<String> variables(Entry entry, Given given) {
        String derived = prefix
                + given.pathOf(entry.key())
                        .toUpperCase(Locale.ROOT)
                        .replace('.', '_')
                        .replace('-', '_');
        return Stream.concat(
                        Stream.of(entry.option().variables()), prefix.isEmpty() ? Stream.empty() : Stream.of(derived))
                .toList();
    }

    private Item fromEnvironment(String variable) {
        String text = environment.getOrDefault(variable, "");
        return new Item(new ScalarNode(Tag.STR, text, ScalarStyle.PLAIN), "environment variable " + variable, 0);
    }

    private void refuseUnknownVariables(Set<String> known) {
        new TreeMap<>(environment).forEach((variable, value) -> {
            // Charms write empty variables for options that are not set.
            if (prefix.isEmpty() || !variable.startsWith(prefix) || known.contains(variable) || value.isBlank()) {
                return;
            }
            if (unsupported.contains().test(variable)) {
                unsupported("the environment", 0, variable, variable, value.strip());
            } else {
                String remedy = DidYouMean.similar(variable, known)
                        .map(similar -> "did you mean '" + similar + "'?")
                        .orElse("remove it");
                add("the environment", 0, variable, "", "unknown key", remedy);
            }
        });
    }

    /** The record; null if a value that it cannot do without is missing or was refused. */
    private @Nullable Object bind(ConfigSchema schema, Given given) {
        schema.groups().forEach(group -> check(schema, group, given));
        List<Object> values = new ArrayList<>();
        for (Entry entry : schema.entries()) {
            Object value = value(entry, given);
            if (value != null) {
                values.add(value);
            }
        }
        if (values.size() < schema.entries().size()) {
            return null;
        }
        Notes notes = new Notes(schema, given);
        try {
            Object bound = schema.construct(values);
            if (bound instanceof Checked section) {
                section.check(notes);
            }
            return bound;
        } catch (IllegalArgumentException e) {
            notes.problem("", String.valueOf(e.getMessage()), "");
            return null;
        }
    }

    private void check(ConfigSchema schema, OptionGroup group, Given given) {
        List<Entry> members = Stream.of(group.keys())
                .map(key -> schema.entry(key).orElseThrow(() -> new IllegalStateException("no option " + key)))
                .toList();
        List<Entry> present = members.stream().filter(given::has).toList();
        String keys = String.join(", ", group.keys());
        Notes notes = new Notes(schema, given);
        boolean several = present.size() > 1 && group.rule() != OptionGroup.Rule.ALL_OR_NONE;
        boolean none = present.isEmpty() && group.rule() == OptionGroup.Rule.EXACTLY_ONE;
        boolean some =
                group.rule() == OptionGroup.Rule.ALL_OR_NONE && !present.isEmpty() && present.size() < members.size();
        if (several) {
            notes.problem(
                    present.getLast().key(),
                    "is given beside '" + present.getFirst().key() + "'",
                    "keep one of " + keys);
        } else if (none) {
            notes.problem("", "has none of " + keys, "give one of them");
        } else if (some) {
            members.stream()
                    .filter(member -> !given.has(member))
                    .forEach(missing -> notes.problem(
                            missing.key(),
                            "is missing, though '" + present.getFirst().key() + "' is given",
                            "give " + missing.expected()));
        }
    }

    /** What the component gets; null if there is nothing that it could get. */
    private @Nullable Object value(Entry entry, Given given) {
        Object value = switch (entry.shape()) {
            case VALUE -> single(entry, given);
            case VALUES -> list(entry, given);
            case MAP -> map(entry, given);
            case SECTION -> section(entry, given);
            case SECTIONS -> sections(entry, given);
        };
        return entry.optional() ? Optional.ofNullable(value) : value;
    }

    private @Nullable Object single(Entry entry, Given given) {
        Item item = given.items.get(entry);
        String byDefault = entry.option().byDefault();
        if (item != null) {
            Object value = parse(entry, item, given.pathOf(entry.key()), item.node());
            if (value != null) {
                return value;
            }
        } else if (byDefault.isEmpty() && !entry.optional()) {
            String variable = prefix.isEmpty()
                    ? ""
                    : ", here or in " + variables(entry, given).getLast();
            add(source, given.line, given.pathOf(entry.key()), "", "is missing", "give " + entry.expected() + variable);
        }
        return byDefault.isEmpty() ? null : entry.parse(byDefault);
    }

    private @Nullable Object parse(Entry entry, Item item, String path, Node node) {
        int line = Math.max(item.line(), YamlFile.line(node));
        String shown = "";
        try {
            if (!(node instanceof ScalarNode scalar) || YamlFile.isNull(node)) {
                throw new IllegalArgumentException("is " + YamlFile.kind(node) + " where a single value must be");
            }
            String text = scalar.getValue().strip();
            shown = entry.secret() ? Secret.MASK : text;
            boolean written = item.source().equals(source);
            Set<Tag> tags = entry.type().tags();
            if (strictTypes && written && !tags.isEmpty() && !tags.contains(scalar.getTag())) {
                throw new IllegalArgumentException(
                        scalar.isPlain()
                                ? tags.contains(Tag.STR)
                                        ? "has no unit"
                                        : "is not " + entry.type().expected()
                                : "is a text in quotes");
            }
            return entry.parse(text);
        } catch (IllegalArgumentException e) {
            add(item.source(), line, path, shown, String.valueOf(e.getMessage()), "give " + entry.expected());
            return null;
        }
    }

    private List<Object> list(Entry entry, Given given) {
        Item item = given.items.get(entry);
        String path = given.pathOf(entry.key());
        List<Object> values = new ArrayList<>();
        if (item == null) {
            entry.split(entry.option().byDefault()).forEach(text -> values.add(entry.parse(text)));
        } else if (item.node() instanceof SequenceNode list) {
            for (Node node : list.getValue()) {
                Object value = parse(
                        entry, item, "%s[%d]".formatted(path, list.getValue().indexOf(node)), node);
                if (value != null) {
                    values.add(value);
                }
            }
        } else if (item.node() instanceof ScalarNode text
                && (!entry.option().separator().isEmpty() || !item.source().equals(source))) {
            for (String part : entry.split(text.getValue())) {
                Object value = parse(entry, item, path, new ScalarNode(Tag.STR, part, ScalarStyle.PLAIN));
                if (value != null) {
                    values.add(value);
                }
            }
        } else {
            add(item.source(), item.line(), path, "", "is " + YamlFile.kind(item.node()), "give a list");
        }
        return List.copyOf(values);
    }

    private Map<String, Object> map(Entry entry, Given given) {
        Item item = given.items.get(entry);
        Map<String, Object> values = new LinkedHashMap<>();
        if (item == null) {
            return values;
        }
        String path = given.pathOf(entry.key());
        if (!(item.node() instanceof MappingNode mapping)) {
            add(item.source(), item.line(), path, "", "is " + YamlFile.kind(item.node()), "give " + entry.expected());
            return values;
        }
        for (NodeTuple pair : mapping.getValue()) {
            String key = pair.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (key.isEmpty()) {
                add(source, YamlFile.line(pair.getKeyNode()), path, "", "has a key that is not a word", "give a word");
            } else if (!(pair.getValueNode() instanceof ScalarNode value) || YamlFile.isNull(value)) {
                String kind = YamlFile.kind(pair.getValueNode());
                add(source, YamlFile.line(pair.getValueNode()), path + "." + key, "", "is " + kind, "give a text");
            } else if (values.putIfAbsent(key, value.getValue()) != null) {
                add(source, YamlFile.line(pair.getKeyNode()), path + "." + key, "", "is given twice", "keep one");
            }
        }
        return Collections.unmodifiableMap(values);
    }

    private @Nullable Object section(Entry entry, Given given) {
        Given section = given.sections.get(entry);
        if (section == null && entry.optional()) {
            return null;
        }
        return bind(entry.section(), section == null ? new Given(given.pathOf(entry.key()), given.line) : section);
    }

    private List<Object> sections(Entry entry, Given given) {
        Item item = given.items.get(entry);
        List<Object> bound = new ArrayList<>();
        if (item == null) {
            return List.of();
        }
        String path = given.pathOf(entry.key());
        if (!(item.node() instanceof SequenceNode list)) {
            add(item.source(), item.line(), path, "", "is " + YamlFile.kind(item.node()), "give a list of sections");
            return List.of();
        }
        for (int index = 0; index < list.getValue().size(); index++) {
            Node node = list.getValue().get(index);
            Given section = new Given("%s[%d]".formatted(path, index), YamlFile.line(node));
            collect(entry.section(), node, section);
            Object value = node instanceof MappingNode ? bind(entry.section(), section) : null;
            if (value != null) {
                bound.add(value);
            }
        }
        return List.copyOf(bound);
    }

    private void add(String where, int line, String key, String value, String what, String remedy) {
        problems.add(new ConfigProblem(where, line, key, value, what, remedy));
    }

    /** Whether a problem is known with an option, or with one inside of it. */
    private boolean knowsProblem(String path) {
        return problems.stream()
                .map(ConfigProblem::key)
                .anyMatch(key -> path.isEmpty()
                        || (key.startsWith(path)
                                && (key.length() == path.length() || "[.".indexOf(key.charAt(path.length())) >= 0)));
    }

    private final class Notes implements Checked.Notes {
        private final ConfigSchema schema;
        private final Given given;

        private Notes(ConfigSchema schema, Given given) {
            this.schema = schema;
            this.given = given;
        }

        @Override
        public void problem(String key, String what, String remedy) {
            if (!knowsProblem(given.pathOf(key))) {
                Optional<Item> item = item(key);
                add(
                        item.map(Item::source).orElse(source),
                        item.map(Item::line).orElse(given.line),
                        given.pathOf(key),
                        "",
                        what,
                        remedy);
            }
        }

        @Override
        public void warning(String key, String what) {
            int line = item(key).map(Item::line).orElse(given.line);
            warnings.add(new ConfigProblem(source, line, given.pathOf(key), "", what, ""));
        }

        @Override
        public boolean given(String key) {
            return schema.entry(key).filter(given::has).isPresent();
        }

        private Optional<Item> item(String key) {
            return schema.entry(key).map(given.items::get);
        }
    }
}
