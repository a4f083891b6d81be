package io.livepatch.storage;

/**
 * A set of ASCII characters that a name may consist of. Names in requests are validated with it and not with regular expressions, because
 * those took a fifth of the CPU time of a check-in. Thread-safe.
 */
public final class AsciiSet {
    private static final int SIZE = 128;

    private final boolean[] members = new boolean[SIZE];

    private AsciiSet() {}

    /**
     * Parses characters and ranges as between the brackets of a regular expression, such as {@code A-Za-z0-9._-}. A literal hyphen comes
     * last.
     */
    public static AsciiSet of(String characters) {
        AsciiSet set = new AsciiSet();
        for (int i = 0; i < characters.length(); i++) {
            boolean range = i + 2 < characters.length() && characters.charAt(i + 1) == '-';
            char last = characters.charAt(range ? i + 2 : i);
            for (char c = characters.charAt(i); c <= last; c++) {
                set.members[c] = true;
            }
            i += range ? 2 : 0;
        }
        return set;
    }

    /** Whether the set contains this character. */
    public boolean contains(char c) {
        return c < SIZE && members[c];
    }

    /** Whether the set contains the characters of a text from one index (inclusive) to another (exclusive). */
    public boolean containsAll(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!contains(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether a text consists of characters of this set, and has a length from {@code minLength} to {@code maxLength}. */
    public boolean matches(String text, int minLength, int maxLength) {
        int length = text.length();
        return length >= minLength && length <= maxLength && containsAll(text, 0, length);
    }
}
