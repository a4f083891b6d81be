package io.livepatch.storage;

/**
 * Decides whether a name from outside can be kept, compared and shown: not by its form, which others choose, but by its length and by
 * characters that would mean something else to a terminal, a path or PostgreSQL.
 */
final class ForeignText {
    private ForeignText() {}

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
