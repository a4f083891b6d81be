package io.livepatch.storage;

import java.io.InputStream;
import java.util.Objects;

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
}
