package io.livepatch.storage;

import io.livepatch.common.file.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;

/**
 * A SHA-256 digest (FIPS 180-4).
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Sha256(String hex) {
    private static final AsciiSet DIGITS = AsciiSet.of("0-9a-f");
    private static final int LENGTH = 64;

    public Sha256 {
        if (!DIGITS.matches(hex, LENGTH, LENGTH)) {
            throw new InvalidNameException("sha256", hex, "64 lower-case hexadecimal digits");
        }
    }

    /** The digest of these bytes. */
    public static Sha256 of(byte[] bytes) {
        return from(Digests.sha256().digest(bytes));
    }

    /** The digest of all bytes of a stream, read with a buffer of 64 KiB. */
    public static Sha256 of(InputStream bytes) throws IOException {
        return from(Digests.sha256(bytes));
    }

    /** Wraps the 32 bytes that a {@link Digests#sha256()} returned. */
    public static Sha256 from(byte[] digest) {
        return new Sha256(HexFormat.of().formatHex(digest));
    }

    /** The 32 bytes. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
