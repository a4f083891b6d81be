package io.livepatch.server.download;

import io.livepatch.server.download.OpenPatches.OpenPatch;
import io.livepatch.server.download.RangeSelection.ByteRange;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A patch that is read in chunks for one download, from a remote store or from a file that is too large to be mapped. */
final class StreamedPatch implements OpenPatch {
    private final PatchContent content;
    private final boolean supportsRanges;
    private final Executor executor;
    private final Consumer<PatchName> damageListener;

    /** Owns the content; reads and closes it on the executor's threads. */
    StreamedPatch(PatchContent content, boolean supportsRanges, Executor executor, Consumer<PatchName> damageListener) {
        this.content = content;
        this.supportsRanges = supportsRanges;
        this.executor = executor;
        this.damageListener = damageListener;
    }

    @Override
    public void send(Content.Sink sink, ByteRange range, boolean last, Callback callback) {
        executor.execute(() -> {
            try {
                InputStream source = content.read(range.offset(), range.length());
                new StreamCopier(source, range.length(), sink, last, executor, reportingDamage(callback)).run();
            } catch (RuntimeException e) {
                reportingDamage(callback).failed(e);
            }
        });
    }

    /** Reports wrong bytes, or a truncated file, that are detected after the answer has begun. */
    private Callback reportingDamage(Callback callback) {
        return new Callback.Nested(callback) {
            @Override
            public void failed(Throwable failure) {
                boolean truncated = content instanceof PatchContent.LocalFile && failure instanceof EOFException;
                if (truncated
                        || failure instanceof StoreException.Corrupt
                        || failure.getCause() instanceof StoreException.Corrupt) {
                    damageListener.accept(content.patch().name());
                }
                super.failed(failure);
            }
        };
    }

    @Override
    public boolean supportsRanges() {
        return supportsRanges;
    }

    @Override
    public void release() {
        executor.execute(content::close);
    }

    /**
     * Copies a blocking stream to an asynchronous sink. Holds a thread while it reads, and none while a slow client reads.
     */
    static final class StreamCopier implements Runnable, Callback {
        private static final Logger LOG = LoggerFactory.getLogger(StreamCopier.class);
        private static final int BUFFER = 64 << 10;

        private final InputStream source;
        private final Content.Sink sink;
        private final boolean last;
        private final Executor executor;
        private final Callback callback;
        private final byte[] buffer;
        private long left;

        StreamCopier(
                InputStream source,
                long length,
                Content.Sink sink,
                boolean last,
                Executor executor,
                Callback callback) {
            this.source = source;
            this.left = length;
            this.sink = sink;
            this.last = last;
            this.executor = executor;
            this.callback = callback;
            this.buffer = new byte[(int) Math.min(BUFFER, length)];
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }

        /** Copies one buffer. */
        @Override
        public void run() {
            int read;
            try {
                read = source.readNBytes(buffer, 0, (int) Math.min(buffer.length, left));
                if (read == 0 && left > 0) {
                    throw new EOFException("the store ended " + left + " bytes early");
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("a download failed, since its patch cannot be read: {}", e.getMessage());
                end(() -> callback.failed(e));
                return;
            }
            left -= read;
            sink.write(last && left == 0, ByteBuffer.wrap(buffer, 0, read), this);
        }

        @Override
        public void succeeded() {
            if (left > 0) {
                executor.execute(this);
            } else {
                executor.execute(() -> end(callback::succeeded));
            }
        }

        @Override
        public void failed(Throwable failure) {
            executor.execute(() -> end(() -> callback.failed(failure)));
        }

        private void end(Runnable completion) {
            try (source) {
                completion.run();
            } catch (IOException e) {
                LOG.debug("could not close a stream of the patch store", e);
            }
        }
    }
}
