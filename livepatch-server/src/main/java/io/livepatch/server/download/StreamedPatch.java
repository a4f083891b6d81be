package io.livepatch.server.download;

import io.livepatch.storage.PatchContent;
import java.io.InputStream;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;

/** A patch that is read piece by piece for one download: one that comes over a network, or is too long to be mapped. */
final class StreamedPatch implements OpenPatch {
    private final PatchContent content;
    private final boolean inParts;
    private final Executor executor;

    /** Takes over the content; it is read and closed by the executor's threads. */
    StreamedPatch(PatchContent content, boolean inParts, Executor executor) {
        this.content = content;
        this.inParts = inParts;
        this.executor = executor;
    }

    @Override
    public void send(Content.Sink sink, ByteRange range, boolean last, Callback callback) {
        executor.execute(() -> {
            try {
                InputStream source = content.read(range.offset(), range.length());
                new Pump(source, range.length(), sink, last, executor, callback).run();
            } catch (RuntimeException e) {
                callback.failed(e);
            }
        });
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
