package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import java.util.LinkedHashMap;
import java.util.Map;
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
    private final Map<Entry, Item> items = new LinkedHashMap<>();
    private final Map<Entry, Given> sections = new LinkedHashMap<>();

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

    String pathOf(String key) {
        return key.isEmpty() ? path : path.isEmpty() ? key : path + "." + key;
    }

    boolean has(Entry entry) {
        return items.containsKey(entry) || sections.containsKey(entry);
    }
}
