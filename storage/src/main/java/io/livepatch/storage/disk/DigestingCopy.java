package io.livepatch.storage.disk;

import io.livepatch.common.file.Digests;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** Copies the bytes of a patch and verifies their SHA-256 digest. */
public final class DigestingCopy {
    private static final int BUFFER = 64 * 1024;

    private DigestingCopy() {}

    /** The destination of the bytes; may write fewer than it is given. */
    public interface Sink {
        int write(ByteBuffer bytes) throws IOException;
    }

    /**
     * Copies the source to the sink, up to the end of the source, and hashes the bytes.
     *
     * @throws StoreException.SourceFailed if the source fails
     * @throws IOException if the sink fails
     * @throws StoreException.DigestMismatch if the bytes are not the expected ones
     */
    public static Patch copy(PatchName name, InputStream source, Sha256 expected, Sink sink) throws IOException {
        MessageDigest digest = Digests.sha256();
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        for (int read = read(name, source, buffer); read >= 0; read = read(name, source, buffer)) {
            digest.update(buffer, 0, read);
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
            while (bytes.hasRemaining()) {
                sink.write(bytes);
            }
            size += read;
        }
        Sha256 actual = Sha256.from(digest.digest());
        if (!actual.equals(expected)) {
            throw new StoreException.DigestMismatch(name, expected, actual);
        }
        return new Patch(name, size, actual);
    }

    private static int read(PatchName name, InputStream source, byte[] buffer) {
        try {
            return source.read(buffer);
        } catch (IOException e) {
            throw new StoreException.SourceFailed(name, e);
        }
    }
}
