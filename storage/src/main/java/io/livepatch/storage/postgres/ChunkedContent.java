package io.livepatch.storage.postgres;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import java.io.InputStream;
import java.util.Objects;

/** A stored patch, opened. Holds nothing: each stream fetches its chunks when it needs them. */
record ChunkedContent(Chunks chunks, StoredPatch stored) implements PatchContent.Ranged {
    @Override
    public Patch patch() {
        return stored.patch();
    }

    @Override
    public InputStream read(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, patch().size());
        return new ChunkStream(chunks, stored, offset, length).begin();
    }

    @Override
    public void close() {}
}
