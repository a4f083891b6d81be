package io.livepatch.storage.s3;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** A stored patch; each range is a request. Holds nothing that a close would have to free. */
final class ObjectContent implements PatchContent.Ranged {
    private final Bucket bucket;
    private final StoredObject object;
    private final AtomicBoolean closed = new AtomicBoolean();

    ObjectContent(Bucket bucket, StoredObject object) {
        this.bucket = bucket;
        this.object = object;
    }

    @Override
    public Patch patch() {
        return object.patch();
    }

    @Override
    public InputStream read(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, patch().size());
        if (closed.get()) {
            throw new IllegalStateException("the content of patch '" + patch().name() + "' is closed");
        }
        return length == 0 ? InputStream.nullInputStream() : ObjectStream.open(bucket, object, offset, length);
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
