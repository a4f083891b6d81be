package io.livepatch.storage;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** All bytes of a patch, hashed as they pass (those that are skipped, too); the last of them wait for the digest. */
final class VerifiedStream extends BulkInputStream {
    /** Patches up to this size are known to be right before their first byte is seen. */
    static final int HELD = 64 * 1024;

    private final InputStream bytes;
    private final Patch patch;
    private final MessageDigest digest = Sha256.digest();
    private long unheld;
    private @Nullable InputStream held;

    VerifiedStream(InputStream bytes, Patch patch) {
        this.bytes = bytes;
        this.patch = patch;
        this.unheld = Math.max(0, patch.size() - HELD);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (unheld == 0) {
            return held().read(target, offset, length);
        }
        int read = bytes.read(target, offset, (int) Math.min(length, unheld));
        if (read < 0) {
            throw new EOFException("patch '" + patch.name() + "' ended before its " + patch.size() + " bytes had come");
        }
        digest.update(target, offset, read);
        unheld -= read;
        return read;
    }

    private InputStream held() throws IOException {
        if (held == null) {
            byte[] end = bytes.readNBytes(HELD);
            Sha256 actual = Sha256.from(digest.digest(end));
            if (!actual.equals(patch.sha256())) {
                throw new IOException(
                        "patch '" + patch.name() + "' came with sha256 " + actual + " instead of " + patch.sha256()
                                + ", so its end is withheld; have the store verified",
                        new StoreException.Corrupt(patch.name(), patch.sha256(), actual, "the store"));
            }
            held = new ByteArrayInputStream(end);
        }
        return held;
    }

    @Override
    public int available() throws IOException {
        return held == null ? (int) Math.min(bytes.available(), unheld) : held.available();
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
