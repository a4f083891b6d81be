package io.livepatch.server.config;

import java.util.Locale;
import java.util.Optional;

/**
 * One setting.
 *
 * @param name in its full, dotted form
 * @param fallback what holds when nothing is given; empty if something must be
 * @param expected completes the sentence "give …"
 * @param secret whether what was given must never be shown
 * @param reading turns text into a value; throws {@link IllegalArgumentException} where it cannot
 */
record Key<T>(String name, Optional<T> fallback, String expected, boolean secret, Reading<T> reading) {

    /** How text becomes a value. The exception's message, if it has one, completes the sentence "the value …". */
    interface Reading<T> {
        T read(String text);
    }

    static <T> Key<T> of(String name, T fallback, String expected, Reading<T> reading) {
        return new Key<>(name, Optional.of(fallback), expected, false, reading);
    }

    static <T> Key<T> required(String name, String expected, Reading<T> reading) {
        return new Key<>(name, Optional.empty(), expected, false, reading);
    }

    Key<T> asSecret() {
        return new Key<>(name, fallback, expected, true, reading);
    }

    /** The name of the environment variable that overrides the file. */
    String variable() {
        return variable(name);
    }

    static String variable(String name) {
        return "LP_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
