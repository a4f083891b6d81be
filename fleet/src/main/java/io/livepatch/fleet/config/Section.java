package io.livepatch.fleet.config;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A mapping of the file and what may stand in it.
 *
 * @param name the key that it stands under
 */
record Section(String name, List<String> names) {

    static Section of(String name, List<Key<?>> keys, String... parts) {
        return new Section(
                name,
                Stream.concat(keys.stream().map(Key::name), Stream.of(parts))
                        .sorted()
                        .toList());
    }

    /** The name that is known here for what was written. */
    Optional<String> known(String written) {
        return names.stream().filter(name -> same(name).equals(same(written))).findFirst();
    }

    private static String same(String name) {
        return name.replace('_', '-');
    }
}
