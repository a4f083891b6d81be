package io.livepatch.charm.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checked values of a charm's options: those that were set, and defaults. Asking for an option that the charm has not declared is a
 * defect.
 *
 * @param unreadable the values that were set and are not among {@code values}, each with what is allowed: they are not of their
 *     options' types, or too long. Their options have their defaults here, which a charm must not apply ({@link
 *     CharmMetadata#problem}).
 */
public record CharmConfig(Map<String, Object> values, List<String> unreadable) {

    public CharmConfig {
        values = Map.copyOf(values);
        unreadable = List.copyOf(unreadable);
    }

    /** Where every value that was set can be read. */
    public CharmConfig(Map<String, Object> values) {
        this(values, List.of());
    }

    /** Empty when unset, or set to nothing. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(Object::toString).filter(it -> !it.isBlank());
    }

    /** The number of an option that has a default; one beyond an int's bounds, which no format allows, is cut to them. */
    public int number(String name) {
        return Math.clamp((Long) required(name), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    public boolean flag(String name) {
        return (Boolean) required(name);
    }

    /** The text of an option that has a default. */
    public String string(String name) {
        return (String) required(name);
    }

    private Object required(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("option '" + name + "' has no default and is not set");
        }
        return value;
    }

    /** Names only: values may be sensitive. */
    @Override
    public String toString() {
        return values.keySet().toString();
    }
}
