package io.livepatch.server.machine;

import io.livepatch.server.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/** Reads fields of what a machine sent. Its messages name the field and never quote a value. */
public final class Field {
    private Field() {}

    /** A body that must be there. */
    public static <T> T body(@Nullable T body) {
        if (body == null) {
            throw new ProblemException.BadRequest("the body is missing; send a JSON object");
        }
        return body;
    }

    /** A field that must be there. */
    public static <T> T required(String name, @Nullable T value) {
        if (value == null) {
            throw new ProblemException.BadRequest("field '" + name + "' is missing");
        }
        return value;
    }

    /** A text, if it is there, that PostgreSQL can keep: it knows every character but NUL. */
    public static @Nullable String text(String name, @Nullable String value, int maxLength) {
        if (value != null && value.length() > maxLength) {
            throw new ProblemException.BadRequest("field '" + name + "' is longer than " + maxLength + " characters");
        }
        if (value != null && value.indexOf('\0') >= 0) {
            throw new ProblemException.BadRequest("field '" + name + "' holds a NUL character");
        }
        return value;
    }
}
