package io.livepatch.storage;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
        if (!DIGITS.makes(hex, LENGTH, LENGTH)) {
            throw new InvalidNameException("sha256", hex, "64 lower-case hexadecimal digits");
        }
    }

    /** The digest of these bytes. */
    public static Sha256 of(byte[] bytes) {
        return from(digest().digest(bytes));
    }

    /** The digest of all bytes of a stream, read with a buffer of 64 KiB. */
    public static Sha256 of(InputStream bytes) throws IOException {
        MessageDigest digest = digest();
        byte[] buffer = new byte[64 * 1024];
        for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
            digest.update(buffer, 0, read);
        }
        return from(digest.digest());
    }

    /** Wraps the 32 bytes that a {@link #digest()} returned. */
    public static Sha256 from(byte[] digest) {
        return new Sha256(HexFormat.of().formatHex(digest));
    }

    /** A new {@code MessageDigest}. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
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
