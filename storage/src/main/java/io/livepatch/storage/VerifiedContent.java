package io.livepatch.storage;

import java.io.InputStream;
import java.util.Objects;

/**
 * Content that is verified while it is read: a read of the whole patch gets the last bytes only if all hash to what was stored, and an
 * {@code IOException} otherwise. So a client of a server that passes them on gets a short answer, and never
 * a whole wrong one. A part of a patch has no digest and passes as it comes.
 */
public final class VerifiedContent implements PatchContent.Ranged {
    private final PatchContent content;

    private VerifiedContent(PatchContent content) {
        this.content = content;
    }

    /** Takes over the content. A local file is returned as it is: the store or the cache that keeps it has hashed it. */
    public static PatchContent of(PatchContent content) {
        return switch (content) {
            case PatchContent.LocalFile file -> file;
            case VerifiedContent verified -> verified;
            case PatchContent.Ranged ranged -> new VerifiedContent(ranged);
        };
    }

    /** Takes over the content. A local file is verified, too: its bytes may have changed since they were hashed. */
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
