package io.livepatch.server.patch.inspect;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the values of one key, {@code vermagic=…}, in a stream of bytes. The position of the section {@code .modinfo} is known only after
 * it has passed, so all matches are kept with their positions. A file with more matches than {@link #KEPT} counts as one without the key.
 */
final class ModinfoScan {
    private static final int KEPT = 200;
    private static final int MAX_VALUE_LENGTH = 300;

    /** The first byte occurs only once in the key, so a failed match can restart only at the current byte. */
    private final byte[] key;

    private final List<Found> found = new ArrayList<>();
    private final ByteArrayOutputStream value = new ByteArrayOutputStream();
    private long position;
    private int matched;
    private boolean startsString;
    private boolean reading;
    private byte before;

    private record Found(long at, boolean startsString, String value) {}

    ModinfoScan(String key) {
        this.key = (key + "=").getBytes(StandardCharsets.US_ASCII);
    }

    void write(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            next(bytes[i]);
        }
    }

    private void next(byte octet) {
        if (reading) {
            read(octet);
        } else if (octet == key[matched]) {
            startsString = matched == 0 ? before == 0 : startsString;
            matched++;
            reading = matched == key.length;
        } else {
            matched = octet == key[0] ? 1 : 0;
            startsString = before == 0;
        }
        before = octet;
        position++;
    }

    private void read(byte octet) {
        if (octet != 0 && value.size() < MAX_VALUE_LENGTH) {
            value.write(octet);
            return;
        }
        if (found.size() < KEPT) {
            found.add(new Found(
                    position - value.size() - key.length, startsString, value.toString(StandardCharsets.ISO_8859_1)));
        }
        value.reset();
        reading = false;
        matched = 0;
    }

    /** The first value in this range of the file. */
    Optional<String> within(long from, long size) {
        return found.stream()
                .filter(one -> one.at() >= from && one.at() < from + size && (one.startsString() || one.at() == from))
                .map(Found::value)
                .findFirst();
    }
}
