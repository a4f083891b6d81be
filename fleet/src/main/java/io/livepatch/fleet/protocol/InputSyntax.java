package io.livepatch.fleet.protocol;

import java.util.regex.Pattern;

/**
 * What a text from outside must look like. Its complaint quotes the text, shortened and without control characters, so it
 * may be shown on a terminal.
 */
record InputSyntax(String kind, Pattern pattern, int maxLength, String expected) {
    private static final int QUOTED = 120;

    static InputSyntax of(String kind, String pattern, int maxLength, String expected) {
        return new InputSyntax(kind, Pattern.compile(pattern), maxLength, expected);
    }

    /** Answers the text itself. */
    String check(String text) {
        if (text.length() > maxLength || !pattern.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "invalid %s '%s', expected %s".formatted(kind, quotable(text, QUOTED), expected));
        }
        return text;
    }

    /** At most that many characters, none of which moves a cursor or starts an escape sequence. */
    static String quotable(String text, int limit) {
        String shortened = text.length() > limit ? text.substring(0, limit) + "…" : text;
        return shortened.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
    }
}
