package io.livepatch.fleet.config;

import org.snakeyaml.engine.v2.nodes.Node;

/**
 * One key of the file.
 *
 * @param expected completes the sentence "give …"
 * @param reading turns what stands there into a value
 */
record Key<T>(String name, String expected, Reading<T> reading) {

    /** Throws {@link IllegalArgumentException} with a message that says what the value is instead of what it should be. */
    interface Reading<T> {
        T read(Node node);
    }
}
