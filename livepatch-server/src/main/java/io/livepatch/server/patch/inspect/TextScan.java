package io.livepatch.server.patch.inspect;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the places of one text, ended by NUL, in bytes that pass by. Of a file that has it in more places than are kept, the places
 * after those are not found.
 */
final class TextScan {
    private static final int KEPT = 1000;

    /** It begins with a byte that it does not hold again, so a failed match can only begin anew at the byte at hand. */
    private final byte[] text;

    private long[] found = {};
    private int count;
    private long position;
    private int matched;

    TextScan(String text) {
        this.text = (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    void write(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            next(bytes[i]);
        }
    }

    private void next(byte octet) {
        position++;
        if (octet != text[matched]) {
            matched = octet == text[0] ? 1 : 0;
        } else if (++matched == text.length) {
            matched = 0;
            keep(position - text.length);
        }
    }

    private void keep(long at) {
        if (count < KEPT) {
            if (count == found.length) {
                found = Arrays.copyOf(found, Math.max(8, 2 * count));
            }
            found[count++] = at;
        }
    }

    /** Whether the text stands there, with its NUL. */
    boolean at(long place) {
        return Arrays.binarySearch(found, 0, count, place) >= 0;
    }

    /** Length of the text with its NUL. */
    int length() {
        return text.length;
    }
}
