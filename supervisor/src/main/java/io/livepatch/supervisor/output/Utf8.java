package io.livepatch.supervisor.output;

import java.nio.charset.StandardCharsets;

/** Decodes and cuts bytes that should be UTF-8 and may not be. */
final class Utf8 {

    private static final char REPLACEMENT = '\uFFFD';
    private static final int MAX_LENGTH = 4;

    private Utf8() {}

    /** Replaces each invalid sequence by U+FFFD. */
    static String decode(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /** How many invalid sequences {@link #decode} replaced to get {@code text}; a U+FFFD in the bytes themselves is none. */
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

    /** The last index up to {@code at} that is not inside a character; {@code at} itself if the bytes before are not UTF-8. */
    static int cut(byte[] bytes, int from, int at) {
        for (int i = at; i > from && i > at - MAX_LENGTH; i--) {
            if (!isContinuation(bytes[i])) {
                return i;
            }
        }
        return at;
    }

    /** The index of the last character if it is incomplete, else {@code to}. */
    static int unfinished(byte[] bytes, int from, int to) {
        for (int i = to - 1; i >= from && i > to - MAX_LENGTH; i--) {
            if (!isContinuation(bytes[i])) {
                return i + length(bytes[i]) > to ? i : to;
            }
        }
        return to;
    }

    private static boolean isContinuation(byte octet) {
        return (octet & 0xC0) == 0x80;
    }

    private static int length(byte lead) {
        int ones = Integer.numberOfLeadingZeros(~(lead << 24));
        return ones >= 2 && ones <= MAX_LENGTH ? ones : 1;
    }
}
