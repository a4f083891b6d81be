package io.livepatch.server.download;

import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import java.io.InputStream;
import java.util.Optional;

/** A store whose contents do not lie in local files, as far as one can see. */
record RangedStore(PatchStore delegate) implements ForwardingPatchStore {
    @Override
    public Optional<PatchContent> open(PatchName name) {
        return delegate.open(name).map(Content::new);
    }

    private record Content(PatchContent content) implements PatchContent.Ranged {
        @Override
        public Patch patch() {
            return content.patch();
        }

        @Override
        public InputStream read(long offset, long length) {
            return content.read(offset, length);
        }

        @Override
        public void close() {
            content.close();
        }
    }
}
