package io.livepatch.storage;

import java.util.regex.Pattern;

/**
 * Decides whether a name from outside can be kept, compared and shown: not by its form, which others choose, but by its length and by
 * characters that would mean something else to a terminal, a path or PostgreSQL.
 */
public final class ForeignText {
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    private ForeignText() {}

    /**
     * The text for a log or a terminal: characters that move a cursor, begin an escape sequence or change the direction of writing are
     * replaced by question marks.
     *
     * @param longest number of characters; more are replaced by an ellipsis
     */
    public static String printable(String text, int longest) {
        String shortened = text.length() > longest ? text.substring(0, longest) + "…" : text;
        return UNPRINTABLE.matcher(shortened).replaceAll("?");
    }

    /** Whether it is 1 to so many characters, and has no slash, control or format character, and no half of a surrogate pair. */
    static boolean isName(String text, int longest) {
        if (text.isEmpty() || text.length() > longest) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // ASCII is decided without a table: every machine sends these with every request.
            if (c < ' '
                    || c == '/'
                    || c == 0x7f
                    || (c > 0x7f && !text.codePoints().allMatch(ForeignText::visible))) {
                return false;
            }
        }
        return true;
    }

    private static boolean visible(int codePoint) {
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
