package io.livepatch.charm.api;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * One entry of {@code config.yaml}, with the format of its values.
 *
 * @param defaultValue the value while the option is unset; of the option's type
 * @param sensitive whether its value is never shown; {@code x-sensitive} in the file, which Juju ignores
 * @param format the allowed values within its type
 */
public record CharmOption(
        String name,
        Type type,
        Optional<Object> defaultValue,
        String description,
        boolean sensitive,
        Optional<ValueFormat> format) {

    /** The maximum size of a value in UTF-8: 1 MiB. A chain of certificates, the largest in use, has 20 KB. */
    public static final int MAX_VALUE_BYTES = 1 << 20;

    private static final int SHOWN = 100;

    /** Juju's types. */
    public enum Type {
        STRING("text"),
        INT("a whole number"),
        FLOAT("a number"),
        BOOLEAN("true or false");

        private final String allowed;

        Type(String allowed) {
            this.allowed = allowed;
        }
    }

    CharmOption withFormat(ValueFormat value) {
        return new CharmOption(name, type, defaultValue, description, sensitive, Optional.of(value));
    }

    /**
     * The value in the option's own type.
     *
     * @throws CharmException.Invalid if it is not of the type; never repeats a sensitive value
     */
    public Object parse(Object raw) {
        return read(raw).orElseThrow(() -> new CharmException.Invalid(refusal(String.valueOf(raw))));
    }

    /** The value in the option's own type; empty if it is not of the type. */
    public Optional<Object> read(Object raw) {
        String text = String.valueOf(raw);
        try {
            return Optional.of(
                    switch (type) {
                        case STRING -> format.isPresent() ? text.strip() : text;
                        case INT -> Long.valueOf(text.strip());
                        case FLOAT -> Double.valueOf(text.strip());
                        case BOOLEAN -> parseBoolean(text.strip());
                    });
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The problem of a value: option, value, allowed values and an example; never a sensitive value. */
    Optional<String> problem(Object raw) {
        String text = String.valueOf(raw);
        int bytes = length(text);
        if (bytes > MAX_VALUE_BYTES) {
            return Optional.of(
                    name + " has " + bytes + " bytes and may have " + MAX_VALUE_BYTES + ": set a shorter value");
        }
        boolean wrong =
                read(raw).isEmpty() || format.filter(it -> !it.accepts(text)).isPresent();
        return wrong ? Optional.of(refusal(text)) : Optional.empty();
    }

    /** Whether a value is of the option's type and not too long. */
    boolean readable(Object raw) {
        return length(String.valueOf(raw)) <= MAX_VALUE_BYTES && read(raw).isPresent();
    }

    private String refusal(String text) {
        Optional<String> usual = defaultValue.map(String::valueOf);
        String advice = format.map(it -> it.advice(text.strip(), usual))
                .orElseGet(() ->
                        type.allowed + usual.map(value -> ", such as " + value).orElse(""));
        return name + " is " + shown(text) + " and may be " + advice;
    }

    private String shown(String text) {
        if (sensitive) {
            return "not right (its value is not shown)";
        }
        boolean number = read(text).filter(Number.class::isInstance).isPresent();
        String shortened = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
        return number ? text.strip() : "'" + shortened.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?") + "'";
    }

    /** The bytes of a text in UTF-8, counted without a copy. */
    static int length(String text) {
        return text.length() > MAX_VALUE_BYTES ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static Boolean parseBoolean(String text) {
        // Juju prints True and False.
        if (text.equalsIgnoreCase("true")) {
            return true;
        }
        if (text.equalsIgnoreCase("false")) {
            return false;
        }
        throw new NumberFormatException(text);
    }
}
