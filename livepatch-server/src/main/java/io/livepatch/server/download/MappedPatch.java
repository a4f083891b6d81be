package io.livepatch.server.download;

import io.livepatch.server.download.OpenPatches.OpenPatch;
import io.livepatch.server.download.RangeSelection.ByteRange;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.FileVersion;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A patch mapped into memory, which is sent without a copy on the heap. Its bytes were hashed when it was mapped; {@link #isCurrent} tells
 * whether the file is still the hashed one. Unmapped when its last user releases it. Thread-safe.
 */
final class MappedPatch implements OpenPatch {
    private static final Logger LOG = LoggerFactory.getLogger(MappedPatch.class);

    private final Patch patch;
    private final Path file;
    private final FileVersion version;
    private final Consumer<PatchName> damageListener;
    private final Executor unmapper;
    private final Arena arena;
    private final MemorySegment bytes;
    private final AtomicInteger references = new AtomicInteger(1);

    private MappedPatch(
            Patch patch,
            Path file,
            FileVersion version,
            Consumer<PatchName> damageListener,
            Executor unmapper,
            Arena arena,
            MemorySegment bytes) {
        this.patch = patch;
        this.file = file;
        this.version = version;
        this.damageListener = damageListener;
        this.unmapper = unmapper;
        this.arena = arena;
        this.bytes = bytes;
    }

    /**
     * Hashes the file and maps it, for one user. The hashing also reads the file into the page cache; otherwise connection threads would wait
     * for the disk.
     *
     * @param version of the file, read before this call
     * @param damageListener is passed the patch if the file is truncated later
     * @param unmapper runs the unmapping, which waits for all threads of the process
     * @throws NoSuchFileException if the file does not exist
     * @throws StoreException.Corrupt if the bytes are not those of the patch
     */
    static MappedPatch open(
            Path file, FileVersion version, Patch patch, Consumer<PatchName> damageListener, Executor unmapper)
            throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            // Hashed with read(2), which returns an error where an access to a mapping beyond the end of a truncated
            // file raises SIGBUS.
            verify(patch, file, Channels.newInputStream(channel));
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, patch.size(), arena);
            return new MappedPatch(patch, file, version, damageListener, unmapper, arena, bytes);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Reads the stream to its end. */
    static void verify(Patch patch, Path file, InputStream bytes) throws IOException {
        Sha256 actual = Sha256.of(bytes);
        if (!actual.equals(patch.sha256())) {
            throw new StoreException.Corrupt(patch.name(), patch.sha256(), actual, "'" + file + "'");
        }
    }

    /**
     * Whether the path still has the hashed file, unchanged. Costs one {@code stat(2)}, about a microsecond: a mapped file's inode is in
     * memory.
     */
    boolean isCurrent() {
        try {
            return FileVersion.of(file).equals(version);
        } catch (IOException e) {
            return false;
        }
    }

    /** Adds a user; false if the last one released it already. */
    boolean retain() {
        return references.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    @Override
    public void send(Content.Sink sink, ByteRange range, boolean last, Callback callback) {
        Callback watched = reportingDamage(callback);
        try {
            sink.write(last, bytes.asSlice(range.offset(), range.length()).asByteBuffer(), watched);
        } catch (InternalError e) {
            // The JVM reports SIGBUS so. A write(2) from the mapping fails with EFAULT instead.
            watched.failed(new IOException("the file of patch '" + patch.name() + "' ends early", e));
        }
    }

    /** Reports a download that failed because the file was truncated; the client may have ended others. */
    private Callback reportingDamage(Callback callback) {
        return new Callback.Nested(callback) {
            @Override
            public void failed(Throwable failure) {
                if (truncated()) {
                    LOG.error(
                            "a download of patch '{}' was cut off: '{}' is shorter than its {} bytes",
                            patch.name(),
                            file,
                            patch.size());
                    damageListener.accept(patch.name());
                }
                super.failed(failure);
            }
        };
    }

    private boolean truncated() {
        try {
            return Files.size(file) < patch.size();
        } catch (IOException e) {
            // Deleted or evicted: the mapped bytes still exist.
            return false;
        }
    }

    @Override
    public boolean supportsRanges() {
        return true;
    }

    @Override
    public void release() {
        if (references.decrementAndGet() == 0) {
            unmapper.execute(this::unmap);
        }
    }

    /**
     * Waits until every thread of the process has reached a safepoint. After an aborted download another thread may still be in its last
     * write to the socket, which lasts microseconds: then the JDK refuses to unmap, and the attempt is repeated.
     */
    private void unmap() {
        try {
            arena.close();
        } catch (IllegalStateException e) {
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, unmapper).execute(this::unmap);
        }
    }
}
