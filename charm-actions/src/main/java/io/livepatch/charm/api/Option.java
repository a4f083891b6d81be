package io.livepatch.charm.api;

import java.util.Optional;

/**
 * One entry of {@code config.yaml}.
 *
 * @param fallback what holds while it is not set; of the option's type
 * @param sensitive whether its value is shown to nobody; {@code x-sensitive} in the file, which Juju passes over
 */
public record Option(String name, Type type, Optional<Object> fallback, String description, boolean sensitive) {

    /** Juju's types. */
    public enum Type {
        STRING,
        INT,
        FLOAT,
        BOOLEAN
    }

    /**
     * The value in the option's own type.
     *
     * @throws CharmException.Invalid when it cannot be one; never repeats a sensitive value
     */
    public Object parse(Object raw) {
        String text = String.valueOf(raw);
        try {
            return switch (type) {
                case STRING -> text;
                case INT -> Long.valueOf(text.strip());
                case FLOAT -> Double.valueOf(text.strip());
                case BOOLEAN -> parseBoolean(text.strip());
            };
        } catch (NumberFormatException e) {
            throw new CharmException.Invalid(name + ": " + (sensitive ? "the value" : "'" + text + "'") + " is not a"
                    + (type == Type.INT ? "n int" : " " + type.name().toLowerCase(java.util.Locale.ROOT)));
        }
    }

    private static Boolean parseBoolean(String text) {
        // Juju's own answers spell them True and False.
        if (text.equalsIgnoreCase("true")) {
            return true;
        }
        if (text.equalsIgnoreCase("false")) {
            return false;
        }
        throw new NumberFormatException(text);
    }
}
