package io.livepatch.fleet.protocol;

import java.util.regex.Pattern;

/**
 * The syntax of a text from outside. Its error quotes the text, shortened and without control characters, so that it is safe on a terminal.
 */
record InputSyntax(String kind, Pattern pattern, int maxLength, String expected) {
    private static final int QUOTED = 120;

    static InputSyntax of(String kind, String pattern, int maxLength, String expected) {
        return new InputSyntax(kind, Pattern.compile(pattern), maxLength, expected);
    }

    void check(String text) {
        if (text.length() > maxLength || !pattern.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "invalid %s '%s', expected %s".formatted(kind, quotable(text, QUOTED), expected));
        }
    }

    /** Shortens a text and replaces its control characters, so that it cannot send escape sequences to a terminal. */
    static String quotable(String text, int limit) {
        String shortened = text.length() > limit ? text.substring(0, limit) + "…" : text;
        return shortened.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
    }
}
