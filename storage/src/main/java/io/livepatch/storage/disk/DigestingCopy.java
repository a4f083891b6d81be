package io.livepatch.storage.disk;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** Takes in the bytes of a patch, which count only if they are the announced ones. */
public final class DigestingCopy {
    private static final int BUFFER = 64 * 1024;

    private DigestingCopy() {}

    /** Where consumed bytes go. */
    public interface Sink {
        int write(ByteBuffer bytes) throws IOException;
    }

    /**
     * Reads the source to its end, hashing it on the way to the sink.
     *
     * @throws StoreException.SourceFailed if the source fails, as opposed to the sink
     * @throws StoreException.DigestMismatch if the bytes are not the expected ones
     */
    public static Patch consume(PatchName name, InputStream source, Sha256 expected, Sink sink) throws IOException {
        MessageDigest digest = Sha256.digest();
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
