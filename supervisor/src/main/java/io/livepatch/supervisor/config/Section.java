package io.livepatch.supervisor.config;

import java.util.List;
import java.util.stream.Stream;

/**
 * A mapping of the file and what may stand in it.
 *
 * @param name the key that it stands under
 * @param listed whether that key holds a list of such mappings
 */
record Section(String name, boolean listed, List<Key<?>> keys, List<Section> parts) {

    static Section of(String name, List<Key<?>> keys, Section... parts) {
        return new Section(name, false, keys, List.of(parts));
    }

    /** Every name that is known here. */
    List<String> names() {
        return Stream.concat(keys.stream().map(Key::name), parts.stream().map(Section::name))
                .sorted()
                .toList();
    }
}
