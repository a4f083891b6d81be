package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import io.livepatch.common.config.ConfigSchema.Shape;
import io.livepatch.common.config.RawValues.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Constructs records from the raw values of their options. A refused value is a problem, and is replaced by the default. */
final class RecordBinder {
    private final ConfigReader.Settings settings;
    private final RawValuesReader reader;
    private final ProblemList problems;
    private final ValueBinder valueBinder;

    RecordBinder(ConfigReader.Settings settings, RawValuesReader reader, ProblemList problems) {
        this.settings = settings;
        this.reader = reader;
        this.problems = problems;
        this.valueBinder = new ValueBinder(settings, reader, problems);
    }

    /** The record; null if a value that it cannot do without is missing or was refused. */
    @Nullable
    Object bind(ConfigSchema schema, RawValues raw) {
        schema.groups().forEach(group -> check(schema, group, raw));
        List<Object> values = new ArrayList<>();
        for (Entry entry : schema.entries()) {
            Object value = value(entry, raw);
            if (value != null) {
                values.add(value);
            }
        }
        if (values.size() < schema.entries().size()) {
            return null;
        }
        Notes notes = new Notes(schema, raw);
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

    private void check(ConfigSchema schema, OptionGroup group, RawValues raw) {
        List<Entry> members = Stream.of(group.keys())
                .map(key -> schema.entry(key).orElseThrow(() -> new IllegalStateException("no option " + key)))
                .toList();
        List<Entry> present = members.stream().filter(raw::has).toList();
        String keys = String.join(", ", group.keys());
        Notes notes = new Notes(schema, raw);
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
                    .filter(member -> !raw.has(member))
                    .forEach(missing -> notes.missing(
                            missing.key(), "though '" + present.getFirst().key() + "' is given"));
        }
    }

    /** The value of the component; null if it has neither a value nor a default. */
    private @Nullable Object value(Entry entry, RawValues raw) {
        Object value = switch (entry.shape()) {
            case VALUE -> valueBinder.single(entry, raw);
            case VALUES -> valueBinder.list(entry, raw);
            case MAP -> valueBinder.map(entry, raw);
            case SECTION -> section(entry, raw);
            case SECTIONS -> sections(entry, raw);
        };
        boolean absentList = entry.shape() != Shape.VALUE
                && entry.shape() != Shape.SECTION
                && !raw.has(entry)
                && entry.option().byDefault().isEmpty();
        return !entry.optional() ? value : absentList ? Optional.empty() : Optional.ofNullable(value);
    }

    private @Nullable Object section(Entry entry, RawValues raw) {
        if (entry.inline()) {
            boolean absent =
                    entry.optional() && entry.section().entries().stream().noneMatch(raw::has);
            return absent ? null : bind(entry.section(), raw);
        }
        RawValues section = raw.sections().get(entry);
        if (section == null && entry.optional()) {
            return null;
        }
        if (section == null) {
            // If a shorthand exists, a missing option is reported under the name of the section.
            String shorthand = entry.section()
                    .entry(entry.option().shorthand())
                    .map(Entry::key)
                    .orElse("");
            section = new RawValues(raw.pathOf(entry.key()), raw.line()).shorthand(shorthand);
        }
        return bind(entry.section(), section);
    }

    private List<Object> sections(Entry entry, RawValues raw) {
        Item item = raw.items().get(entry);
        List<Object> bound = new ArrayList<>();
        if (item == null) {
            return List.of();
        }
        String path = raw.pathOf(entry.key());
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
            RawValues section = raw.element("%s[%d]".formatted(path, index), YamlFile.line(node));
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
     * Refuses a duplicate value of the option that identifies the sections of a list.
     *
     * @param taken the previous values, and the paths of their sections
     */
    private void refuseTaken(Entry list, RawValues section, Map<String, String> taken) {
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
        private final RawValues raw;

        private Notes(ConfigSchema schema, RawValues raw) {
            this.schema = schema;
            this.raw = raw;
        }

        @Override
        public void problem(String key, String what, String remedy) {
            if (!problems.knows(raw.pathOf(key))) {
                String source = item(key).map(Item::source).orElse(problems.source());
                problems.add(source, line(key), raw.pathOf(key), "", what, remedy);
            }
        }

        @Override
        public void problem(ConfigProblem problem) {
            problems.add(problem);
        }

        @Override
        public void missing(String key, String why) {
            Entry entry = schema.entry(key).orElseThrow(() -> new IllegalStateException("no option " + key));
            problem(key, "is missing, " + why, valueBinder.remedy(entry, raw));
        }

        @Override
        public void warning(String key, String what) {
            problems.warn(problems.source(), line(key), raw.pathOf(key), what);
        }

        @Override
        public boolean given(String key) {
            return item(key).isPresent() || raw.section(raw.pathOf(key)).isPresent();
        }

        @Override
        public boolean hasProblems(String key) {
            return problems.knows(raw.pathOf(key));
        }

        private Optional<Item> item(String key) {
            return raw.item(raw.pathOf(key));
        }

        private int line(String key) {
            return item(key)
                    .map(Item::line)
                    .or(() -> raw.section(raw.pathOf(key)).map(RawValues::line))
                    .orElse(raw.line());
        }
    }
}
