package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import io.livepatch.common.config.ConfigSchema.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/** The raw values of the options of one section, from a file and the environment. */
final class RawValues {
    /**
     * The raw value of one option.
     *
     * @param source the file, or an environment variable
     */
    record Item(Node node, String source, int line) {}

    private final String path;
    private final int line;
    private String shorthand = "";
    private final Map<Entry, Item> items = new LinkedHashMap<>();
    private final Map<Entry, RawValues> sections = new LinkedHashMap<>();
    private final List<RawValues> elements = new ArrayList<>();

    RawValues(String path, int line) {
        this.path = path;
        this.line = line;
    }

    /** The path of the section: keys and indices, such as {@code supervisor.workers[0]}; empty for the root. */
    String path() {
        return path;
    }

    int line() {
        return line;
    }

    Map<Entry, Item> items() {
        return items;
    }

    Map<Entry, RawValues> sections() {
        return sections;
    }

    /** The section of an option; created if absent. */
    RawValues section(Entry entry, int at) {
        return sections.computeIfAbsent(entry, it -> new RawValues(pathOf(it.key()), at));
    }

    /** Adds a section of a list. */
    RawValues element(String elementPath, int at) {
        RawValues element = new RawValues(elementPath, at);
        elements.add(element);
        return element;
    }

    /** Sets the option whose value may be written in place of this section; its path is then that of the section. */
    RawValues shorthand(String key) {
        shorthand = key;
        return this;
    }

    String pathOf(String key) {
        return key.isEmpty() || key.equals(shorthand) ? path : path.isEmpty() ? key : path + "." + key;
    }

    /** The raw value of the option with this path, here or in an inner section; for a key of a map, the raw value of the map. */
    Optional<Item> item(String at) {
        return Stream.concat(
                        items.entrySet().stream()
                                .filter(item -> gives(item.getKey(), at))
                                .map(Map.Entry::getValue),
                        inner().flatMap(section -> section.item(at).stream()))
                .findFirst();
    }

    /** The inner section with this path; empty if it is absent. */
    Optional<RawValues> section(String at) {
        return inner().flatMap(section -> same(section.path, at) ? Stream.of(section) : section.section(at).stream())
                .findFirst();
    }

    private Stream<RawValues> inner() {
        return Stream.concat(sections.values().stream(), elements.stream());
    }

    private boolean gives(Entry entry, String at) {
        String own = pathOf(entry.key());
        return same(own, at) || (entry.shape() == Shape.MAP && at.startsWith(own + "."));
    }

    private static boolean same(String one, String other) {
        return KeyStyle.canonical(one).equals(KeyStyle.canonical(other));
    }

    boolean has(Entry entry) {
        return items.containsKey(entry) || sections.containsKey(entry);
    }
}
