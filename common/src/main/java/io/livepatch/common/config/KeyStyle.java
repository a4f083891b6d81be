package io.livepatch.common.config;

import java.util.Locale;

/** How the names of options are written; {@code -} and {@code _} are read alike in both. */
public enum KeyStyle {
    /** {@code max-restarts}. */
    HYPHENS('-'),
    /** {@code max_restarts}. */
    UNDERSCORES('_');

    private final char separator;

    KeyStyle(char separator) {
        this.separator = separator;
    }

    /** The key for the name of a record component, {@code maxRestarts}. */
    String key(String component) {
        return component
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", String.valueOf(separator))
                .toLowerCase(Locale.ROOT);
    }

    /** The form in which two spellings of one key are equal. */
    static String canonical(String key) {
        return key.replace('_', '-');
    }
}
