package io.livepatch.storage;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The types of stores, as {@code patch-storage.type} names them. */
public enum StoreType {
    FILESYSTEM,
    POSTGRES,
    S3;

    /** The name in a configuration. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type of that name; empty if there is none. */
    public static Optional<StoreType> parse(String text) {
        return Arrays.stream(values()).filter(type -> type.text().equals(text)).findFirst();
    }

    /** The names of all types, for a message. */
    public static List<String> names() {
        return Arrays.stream(values()).map(StoreType::text).toList();
    }

    /** Whether several units may use one store of this type at the same time. */
    public boolean shared() {
        return this != FILESYSTEM;
    }

    @Override
    public String toString() {
        return text();
    }
}
