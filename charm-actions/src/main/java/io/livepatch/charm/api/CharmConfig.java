package io.livepatch.charm.api;

import io.livepatch.common.config.GoDuration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checked values of a charm's options: those that were set, and defaults. Reading an option that the charm does not declare is a
 * programming error.
 *
 * @param unreadable the problems of set values that have a wrong type or are too long. {@code values} has the defaults of their
 *     options instead, which a charm must not apply ({@link CharmMetadata#problem}).
 */
public record CharmConfig(Map<String, Object> values, List<String> unreadable) {

    /** The option of every charm for {@link #removalTimeout}. */
    public static final String REMOVAL_TIMEOUT = "removal-timeout";

    private static final Duration DEFAULT_REMOVAL_TIMEOUT = Duration.ofMinutes(10);

    public CharmConfig {
        values = Map.copyOf(values);
        unreadable = List.copyOf(unreadable);
    }

    public CharmConfig(Map<String, Object> values) {
        this(values, List.of());
    }

    /** The text; empty if unset or blank. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(Object::toString).filter(it -> !it.isBlank());
    }

    /** The number of an option with a default, clamped to an int. */
    public int number(String name) {
        return Math.clamp((Long) required(name), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    public boolean flag(String name) {
        return (Boolean) required(name);
    }

    public String string(String name) {
        return (String) required(name);
    }

    /** The time that a unit has to hand over its work before it is stopped by force. */
    public Duration removalTimeout() {
        try {
            return text(REMOVAL_TIMEOUT).map(GoDuration::parse).orElse(DEFAULT_REMOVAL_TIMEOUT);
        } catch (IllegalArgumentException e) {
            // The charm is blocked with the problem of the value; a unit can be removed nevertheless.
            return DEFAULT_REMOVAL_TIMEOUT;
        }
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
