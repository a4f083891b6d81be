package io.livepatch.storage;

import java.util.regex.Pattern;

/**
 * Validates and prints text that clients send. Names are checked for their length and for characters with a special meaning to a
 * terminal, a path or PostgreSQL; their format is up to the client.
 */
public final class ForeignText {
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    private ForeignText() {}

    /**
     * Makes a text safe for a log or a terminal: replaces characters that move the cursor, begin an escape sequence or change the direction of
     * writing by question marks.
     *
     * @param maxLength maximum number of characters; more are replaced by an ellipsis
     */
    public static String printable(String text, int maxLength) {
        String shortened = text.length() > maxLength ? text.substring(0, maxLength) + "…" : text;
        return UNPRINTABLE.matcher(shortened).replaceAll("?");
    }

    /** Whether a text has 1 to {@code maxLength} characters, without slashes, control and format characters and unpaired surrogates. */
    static boolean isName(String text, int maxLength) {
        if (text.isEmpty() || text.length() > maxLength) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // ASCII is checked without a table for speed: every machine sends such names with every request.
            if (c < ' '
                    || c == '/'
                    || c == 0x7f
                    || (c > 0x7f && !text.codePoints().allMatch(ForeignText::isPrintable))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
