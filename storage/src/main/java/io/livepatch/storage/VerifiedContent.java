package io.livepatch.storage;

import io.livepatch.common.file.Digests;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Content that is verified while it is read. A read of the whole patch returns the last bytes only if the digest of all bytes is right, and
 * fails with an {@code IOException} otherwise. So a server that forwards damaged bytes sends a truncated response, which its client
 * detects. Reads of a part are not verified, since a part has no digest.
 */
public final class VerifiedContent implements PatchContent.Ranged {
    private final PatchContent content;

    private VerifiedContent(PatchContent content) {
        this.content = content;
    }

    /** Wraps remote content, and takes it over. A local file is returned unchanged, because its store or cache has hashed it. */
    public static PatchContent of(PatchContent content) {
        return switch (content) {
            case PatchContent.LocalFile file -> file;
            case VerifiedContent verified -> verified;
            case PatchContent.Ranged ranged -> new VerifiedContent(ranged);
        };
    }

    /** Wraps any content, and takes it over. A local file is verified too: it may have changed since it was hashed. */
    public static VerifiedContent unhashed(PatchContent content) {
        return new VerifiedContent(content);
    }

    @Override
    public Patch patch() {
        return content.patch();
    }

    @Override
    public InputStream read(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, patch().size());
        InputStream bytes = content.read(offset, length);
        return length == patch().size() ? new VerifiedStream(bytes, patch()) : bytes;
    }

    @Override
    public void close() {
        content.close();
    }

    /**
     * A stream over a whole patch that hashes all bytes, skipped ones included, and withholds the last {@value #TAIL} bytes until the digest
     * has been compared.
     */
    static final class VerifiedStream extends BulkInputStream {
        /** Patches up to this size are verified before their first byte is returned. */
        static final int TAIL = 64 * 1024;

        private final InputStream bytes;
        private final Patch patch;
        private final MessageDigest digest = Digests.sha256();
        private long beforeTail;
        private @Nullable InputStream tail;

        VerifiedStream(InputStream bytes, Patch patch) {
            this.bytes = bytes;
            this.patch = patch;
            this.beforeTail = Math.max(0, patch.size() - TAIL);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            if (beforeTail == 0) {
                return verifiedTail().read(target, offset, length);
            }
            int read = bytes.read(target, offset, (int) Math.min(length, beforeTail));
            if (read < 0) {
                throw new EOFException(
                        "patch '" + patch.name() + "' ended before its " + patch.size() + " bytes were read");
            }
            digest.update(target, offset, read);
            beforeTail -= read;
            return read;
        }

        private InputStream verifiedTail() throws IOException {
            if (tail == null) {
                byte[] end = bytes.readNBytes(TAIL);
                Sha256 actual = Sha256.from(digest.digest(end));
                if (!actual.equals(patch.sha256())) {
                    throw new IOException(
                            "patch '" + patch.name() + "' was read with sha256 " + actual + " instead of "
                                    + patch.sha256() + ", so its last bytes are withheld; verify the store",
                            new StoreException.Corrupt(patch.name(), patch.sha256(), actual, "the store"));
                }
                tail = new ByteArrayInputStream(end);
            }
            return tail;
        }

        @Override
        public int available() throws IOException {
            return tail == null ? (int) Math.min(bytes.available(), beforeTail) : tail.available();
        }

        @Override
        public void close() throws IOException {
            bytes.close();
        }
    }
}
