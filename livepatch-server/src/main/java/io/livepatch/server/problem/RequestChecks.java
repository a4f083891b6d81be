package io.livepatch.server.problem;

import org.jspecify.annotations.Nullable;

/**
 * Validates requests. Each check throws {@link ProblemException.BadRequest}, whose message names the field and never quotes a value.
 */
public final class RequestChecks {
    /** The maximum and default page size of a listing. */
    public static final int PAGE = 1000;

    private RequestChecks() {}

    public static <T> T body(@Nullable T body) {
        if (body == null) {
            throw new ProblemException.BadRequest("the body is missing; send a JSON object");
        }
        return body;
    }

    public static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new ProblemException.BadRequest("field '" + field + "' is missing");
        }
        return value;
    }

    /** Requires text of a limited length, without control characters. */
    public static String bounded(String field, String text, int maxLength) {
        if (text.length() > maxLength || text.chars().anyMatch(Character::isISOControl)) {
            throw new ProblemException.BadRequest(
                    "'" + field + "' must be at most " + maxLength + " characters, without control characters");
        }
        return text;
    }

    /** Requires text that PostgreSQL can store: any character but NUL. */
    public static @Nullable String text(String field, @Nullable String value, int maxLength) {
        if (value != null && value.length() > maxLength) {
            throw new ProblemException.BadRequest("field '" + field + "' is longer than " + maxLength + " characters");
        }
        if (value != null && value.indexOf('\0') >= 0) {
            throw new ProblemException.BadRequest("field '" + field + "' contains a NUL character");
        }
        return value;
    }

    /** Parses {@code true} or {@code false}; empty means false. */
    public static boolean flag(String field, String text) {
        if (!text.isEmpty() && !text.equals("true") && !text.equals("false")) {
            throw new ProblemException.BadRequest("'" + field + "' must be true or false");
        }
        return text.equals("true");
    }

    /** Parses a page size; empty means {@link #PAGE}. */
    public static int limit(String text) {
        if (text.isEmpty()) {
            return PAGE;
        }
        int limit = text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > PAGE) {
            throw new ProblemException.BadRequest("'limit' must be a number from 1 to " + PAGE);
        }
        return limit;
    }
}
