package io.livepatch.supervisor.output;

import java.nio.charset.StandardCharsets;

/** Text out of bytes that a worker says are UTF-8. */
final class Utf8 {

    private static final char REPLACEMENT = '\uFFFD';
    private static final int LONGEST = 4;

    private Utf8() {}

    /** What is invalid becomes U+FFFD. */
    static String decode(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /** How often {@code text} has U+FFFD where the bytes that it was decoded from have not. */
    static long replaced(String text, byte[] bytes, int from, int to) {
        if (text.indexOf(REPLACEMENT) < 0) {
            return 0;
        }
        long written = 0;
        for (int i = from; i + 2 < to; i++) {
            if (bytes[i] == (byte) 0xEF && bytes[i + 1] == (byte) 0xBF && bytes[i + 2] == (byte) 0xBD) {
                written++;
            }
        }
        return text.chars().filter(it -> it == REPLACEMENT).count() - written;
    }

    /** The last place up to {@code at} where a cut tears no character; {@code at} itself if what is before is no UTF-8. */
    static int cut(byte[] bytes, int from, int at) {
        for (int i = at; i > from && i > at - LONGEST; i--) {
            if (!continues(bytes[i])) {
                return i;
            }
        }
        return at;
    }

    /** Where the character begins whose rest is still to come; {@code to} if the last one is whole. */
    static int unfinished(byte[] bytes, int from, int to) {
        for (int i = to - 1; i >= from && i > to - LONGEST; i--) {
            if (!continues(bytes[i])) {
                return i + length(bytes[i]) > to ? i : to;
            }
        }
        return to;
    }

    private static boolean continues(byte octet) {
        return (octet & 0xC0) == 0x80;
    }

    private static int length(byte lead) {
        int ones = Integer.numberOfLeadingZeros(~(lead << 24));
        return ones >= 2 && ones <= LONGEST ? ones : 1;
    }
}
