package io.livepatch.storage;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The kinds of store that there are, by the names that a configuration gives them. */
public enum StoreType {
    FILESYSTEM,
    POSTGRES,
    S3;

    /** As an operator writes it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The kind of that name, if there is one. */
    public static Optional<StoreType> parse(String text) {
        return Arrays.stream(values()).filter(type -> type.text().equals(text)).findFirst();
    }

    /** The names of all, for a message. */
    public static List<String> names() {
        return Arrays.stream(values()).map(StoreType::text).toList();
    }

    /** Whether several units may use one store of this kind at once. */
    public boolean shared() {
        return this != FILESYSTEM;
    }

    @Override
    public String toString() {
        return text();
    }
}
