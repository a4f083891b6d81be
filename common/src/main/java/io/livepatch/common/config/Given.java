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

/** What a file and the environment give for the options of one section. */
final class Given {
    /**
     * What is given for one option.
     *
     * @param source the file, or an environment variable
     */
    record Item(Node node, String source, int line) {}

    private final String path;
    private final int line;
    private String shorthand = "";
    private final Map<Entry, Item> items = new LinkedHashMap<>();
    private final Map<Entry, Given> sections = new LinkedHashMap<>();
    private final List<Given> elements = new ArrayList<>();

    Given(String path, int line) {
        this.path = path;
        this.line = line;
    }

    /** Of the section: keys and indices, such as {@code supervisor.workers[0]}; empty for the root. */
    String path() {
        return path;
    }

    int line() {
        return line;
    }

    Map<Entry, Item> items() {
        return items;
    }

    Map<Entry, Given> sections() {
        return sections;
    }

    /** The section of that option, made if there is none yet. */
    Given section(Entry entry, int at) {
        return sections.computeIfAbsent(entry, it -> new Given(pathOf(it.key()), at));
    }

    /** What is given for one section of a list. */
    Given element(String itsPath, int at) {
        Given element = new Given(itsPath, at);
        elements.add(element);
        return element;
    }

    /** Sets the option that a single value in place of this section means, which then has the path of the section. */
    Given shorthand(String key) {
        shorthand = key;
        return this;
    }

    String pathOf(String key) {
        return key.isEmpty() || key.equals(shorthand) ? path : path.isEmpty() ? key : path + "." + key;
    }

    /** What is given for the option of that path, here or in an inner section; for a key of a map, what is given for the map. */
    Optional<Item> item(String at) {
        return Stream.concat(
                        items.entrySet().stream()
                                .filter(item -> gives(item.getKey(), at))
                                .map(Map.Entry::getValue),
                        inner().flatMap(section -> section.item(at).stream()))
                .findFirst();
    }

    /** The inner section of that path, if it is given. */
    Optional<Given> section(String at) {
        return inner().flatMap(section -> same(section.path, at) ? Stream.of(section) : section.section(at).stream())
                .findFirst();
    }

    private Stream<Given> inner() {
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
