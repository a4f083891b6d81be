package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import io.livepatch.common.config.ConfigSchema.Shape;
import io.livepatch.common.config.Given.Item;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

/** Makes records of what is given for their options. A value that is refused is a problem, and its default takes its place. */
final class RecordBinder {
    private final ConfigReader.Settings settings;
    private final GivenReader reader;
    private final ProblemList problems;

    RecordBinder(ConfigReader.Settings settings, GivenReader reader, ProblemList problems) {
        this.settings = settings;
        this.reader = reader;
        this.problems = problems;
    }

    /** The record; null if a value that it cannot do without is missing or was refused. */
    @Nullable
    Object bind(ConfigSchema schema, Given given) {
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
            settings.checks().getOrDefault(bound.getClass(), (_, _) -> {}).accept(bound, notes);
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
                    .forEach(missing -> notes.missing(
                            missing.key(), "though '" + present.getFirst().key() + "' is given"));
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
        boolean absentList = entry.shape() != Shape.VALUE
                && entry.shape() != Shape.SECTION
                && !given.has(entry)
                && entry.option().byDefault().isEmpty();
        return !entry.optional() ? value : absentList ? Optional.empty() : Optional.ofNullable(value);
    }

    private @Nullable Object single(Entry entry, Given given) {
        Item item = given.items().get(entry);
        String byDefault = settings.defaults()
                .getOrDefault(given.pathOf(entry.key()), entry.option().byDefault());
        if (item != null) {
            Object value = parse(entry, item, given.pathOf(entry.key()), item.node());
            if (value != null) {
                return value;
            }
        } else if (byDefault.isEmpty() && !entry.optional()) {
            problems.add(given.line(), given.pathOf(entry.key()), "is missing", remedy(entry, given));
        }
        return byDefault.isEmpty() ? null : absolute(entry.parse(byDefault));
    }

    private String remedy(Entry entry, Given given) {
        return "give " + entry.expected()
                + (settings.prefix().isEmpty()
                        ? ""
                        : ", here or in " + reader.variables(entry, given).getLast());
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

    private List<Object> list(Entry entry, Given given) {
        Item item = given.items().get(entry);
        String path = given.pathOf(entry.key());
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

    private Map<String, Object> map(Entry entry, Given given) {
        Item item = given.items().get(entry);
        Map<String, Object> values = new LinkedHashMap<>();
        if (item == null) {
            return values;
        }
        String path = given.pathOf(entry.key());
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

    private @Nullable Object section(Entry entry, Given given) {
        if (entry.inline()) {
            boolean absent =
                    entry.optional() && entry.section().entries().stream().noneMatch(given::has);
            return absent ? null : bind(entry.section(), given);
        }
        Given section = given.sections().get(entry);
        if (section == null && entry.optional()) {
            return null;
        }
        if (section == null) {
            // What it lacks is missed under the name of the section, if that alone would do.
            String shorthand = entry.section()
                    .entry(entry.option().shorthand())
                    .map(Entry::key)
                    .orElse("");
            section = new Given(given.pathOf(entry.key()), given.line()).shorthand(shorthand);
        }
        return bind(entry.section(), section);
    }

    private List<Object> sections(Entry entry, Given given) {
        Item item = given.items().get(entry);
        List<Object> bound = new ArrayList<>();
        if (item == null) {
            return List.of();
        }
        String path = given.pathOf(entry.key());
        if (!(item.node() instanceof SequenceNode list)) {
            problems.add(
                    item.source(),
                    item.line(),
                    path,
                    "",
                    "is " + YamlFile.kind(item.node()),
                    "give a list of sections");
            return List.of();
        }
        Map<String, String> taken = new HashMap<>();
        for (int index = 0; index < list.getValue().size(); index++) {
            Node node = list.getValue().get(index);
            Given section = given.element("%s[%d]".formatted(path, index), YamlFile.line(node));
            reader.collect(entry.section(), node, section);
            refuseTaken(entry, section, taken);
            Object value = node instanceof MappingNode ? bind(entry.section(), section) : null;
            if (value != null) {
                bound.add(value);
            }
        }
        return List.copyOf(bound);
    }

    /**
     * Refuses a value of the option that tells the sections of a list apart, if one before has it.
     *
     * @param taken the values so far, and the paths of their sections
     */
    private void refuseTaken(Entry list, Given section, Map<String, String> taken) {
        list.section().entry(list.option().unique()).ifPresent(option -> {
            Item item = section.items().get(option);
            if (item != null && item.node() instanceof ScalarNode scalar) {
                String text = scalar.getValue().strip();
                String other = taken.putIfAbsent(text, section.path());
                if (other != null) {
                    String path = section.pathOf(option.key());
                    String shown = option.secret() ? Secret.MASK : text;
                    problems.add(item.source(), item.line(), path, shown, "is that of " + other, "give another");
                }
            }
        });
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
            if (!problems.knows(given.pathOf(key))) {
                String source = item(key).map(Item::source).orElse(problems.source());
                problems.add(source, line(key), given.pathOf(key), "", what, remedy);
            }
        }

        @Override
        public void problem(ConfigProblem problem) {
            problems.add(problem);
        }

        @Override
        public void missing(String key, String why) {
            Entry entry = schema.entry(key).orElseThrow(() -> new IllegalStateException("no option " + key));
            problem(key, "is missing, " + why, remedy(entry, given));
        }

        @Override
        public void warning(String key, String what) {
            problems.warn(problems.source(), line(key), given.pathOf(key), what);
        }

        @Override
        public boolean given(String key) {
            return item(key).isPresent() || given.section(given.pathOf(key)).isPresent();
        }

        @Override
        public boolean hasProblems(String key) {
            return problems.knows(given.pathOf(key));
        }

        private Optional<Item> item(String key) {
            return given.item(given.pathOf(key));
        }

        private int line(String key) {
            return item(key)
                    .map(Item::line)
                    .or(() -> given.section(given.pathOf(key)).map(Given::line))
                    .orElse(given.line());
        }
    }
}
