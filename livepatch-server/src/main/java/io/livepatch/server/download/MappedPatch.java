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
 * A patch mapped into memory, which goes to the socket without a copy in Java. Its bytes were hashed when it was mapped; {@link
 * #current} tells whether the file is still the one that was hashed. Unmapped when its last user releases it. Thread-safe.
 */
final class MappedPatch implements OpenPatch {
    private static final Logger LOG = LoggerFactory.getLogger(MappedPatch.class);

    private final Patch patch;
    private final Path file;
    private final FileVersion version;
    private final Consumer<PatchName> suspect;
    private final Executor unmapping;
    private final Arena arena;
    private final MemorySegment bytes;
    private final AtomicInteger users = new AtomicInteger(1);

    private MappedPatch(
            Patch patch,
            Path file,
            FileVersion version,
            Consumer<PatchName> suspect,
            Executor unmapping,
            Arena arena,
            MemorySegment bytes) {
        this.patch = patch;
        this.file = file;
        this.version = version;
        this.suspect = suspect;
        this.unmapping = unmapping;
        this.arena = arena;
        this.bytes = bytes;
    }

    /**
     * Hashes the file and maps it, for one user. Reading it first also brings it into the page cache; later, a connection's thread would
     * wait for the disk.
     *
     * @param version of the file, read before this call
     * @param suspect is told when the file turns out to be shorter than it was
     * @param unmapping runs the unmapping, which waits for all threads of the process
     * @throws NoSuchFileException if no file has this path
     * @throws StoreException.Corrupt if the bytes are not those of the patch
     */
    static MappedPatch of(Path file, FileVersion version, Patch patch, Consumer<PatchName> suspect, Executor unmapping)
            throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            // Read, not accessed through the mapping: read(2) answers with an error where an access to a mapping beyond
            // the end of a truncated file raises SIGBUS.
            require(patch, file, Channels.newInputStream(channel));
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, patch.size(), arena);
            return new MappedPatch(patch, file, version, suspect, unmapping, arena, bytes);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Reads the stream to its end. */
    static void require(Patch patch, Path file, InputStream bytes) throws IOException {
        Sha256 actual = Sha256.of(bytes);
        if (!actual.equals(patch.sha256())) {
            throw new StoreException.Corrupt(patch.name(), patch.sha256(), actual, "'" + file + "'");
        }
    }

    /**
     * Whether the path still leads to the file that was hashed, unchanged. Costs one {@code stat(2)}, about a microsecond; the inode is in
     * memory, since it is mapped.
     */
    boolean current() {
        try {
            return FileVersion.of(file).equals(version);
        } catch (IOException e) {
            return false;
        }
    }

    /** One user more; false if it was unmapped meanwhile. */
    boolean retain() {
        return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    @Override
    public void send(Content.Sink sink, ByteRange range, boolean last, Callback callback) {
        Callback watched = watching(callback);
        try {
            sink.write(last, bytes.asSlice(range.offset(), range.length()).asByteBuffer(), watched);
        } catch (InternalError e) {
            // How the JVM reports SIGBUS. To a write(2) from the mapping the kernel answers EFAULT instead.
            watched.failed(new IOException("the file of patch '" + patch.name() + "' ends early", e));
        }
    }

    /** A download that fails because the file was truncated under the mapping; one that its client ended says nothing of the file. */
    private Callback watching(Callback callback) {
        return new Callback.Nested(callback) {
            @Override
            public void failed(Throwable failure) {
                if (truncated()) {
                    LOG.error(
                            "a download of patch '{}' was cut off: '{}' is shorter than its {} bytes",
                            patch.name(),
                            file,
                            patch.size());
                    suspect.accept(patch.name());
                }
                super.failed(failure);
            }
        };
    }

    private boolean truncated() {
        try {
            return Files.size(file) < patch.size();
        } catch (IOException e) {
            // Deleted or evicted: then its directory entry is gone, and its bytes are not.
            return false;
        }
    }

    @Override
    public boolean inParts() {
        return true;
    }

    @Override
    public void release() {
        if (users.decrementAndGet() == 0) {
            unmapping.execute(this::unmap);
        }
    }

    /**
     * Waits until every thread of the process has reached a safepoint, since any of them may be using the memory. A download that is
     * aborted may be over for us while another thread is still inside its last write to the socket: the JDK refuses to unmap
     * under such a write, which lasts microseconds.
     */
    private void unmap() {
        try {
            arena.close();
        } catch (IllegalStateException e) {
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, unmapping).execute(this::unmap);
        }
    }
}
