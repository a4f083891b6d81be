package io.livepatch.server.download;

import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.io.EOFException;
import java.io.InputStream;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;

/** A patch that is read piece by piece for one download: one that comes over a network, or is too long to be mapped. */
final class StreamedPatch implements OpenPatch {
    private final PatchContent content;
    private final boolean inParts;
    private final Executor executor;
    private final Consumer<PatchName> suspect;

    /** Takes over the content; it is read and closed by the executor's threads. */
    StreamedPatch(PatchContent content, boolean inParts, Executor executor, Consumer<PatchName> suspect) {
        this.content = content;
        this.inParts = inParts;
        this.executor = executor;
        this.suspect = suspect;
    }

    @Override
    public void send(Content.Sink sink, ByteRange range, boolean last, Callback callback) {
        executor.execute(() -> {
            try {
                InputStream source = content.read(range.offset(), range.length());
                new StreamCopier(source, range.length(), sink, last, executor, watching(callback)).run();
            } catch (RuntimeException e) {
                watching(callback).failed(e);
            }
        });
    }

    /** Bytes that turn out to be wrong, or a file that turns out to be truncated, when the answer has begun already. */
    private Callback watching(Callback callback) {
        return new Callback.Nested(callback) {
            @Override
            public void failed(Throwable failure) {
                boolean truncated = content instanceof PatchContent.LocalFile && failure instanceof EOFException;
                if (truncated
                        || failure instanceof StoreException.Corrupt
                        || failure.getCause() instanceof StoreException.Corrupt) {
                    suspect.accept(content.patch().name());
                }
                super.failed(failure);
            }
        };
    }

    @Override
    public boolean inParts() {
        return inParts;
    }

    @Override
    public void release() {
        executor.execute(content::close);
    }
}
