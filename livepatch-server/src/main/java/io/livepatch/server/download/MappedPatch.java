package io.livepatch.server.download;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;

/**
 * A patch mapped into memory, which goes to the socket without a copy in Java. Unmapped when its last user releases it; what is
 * mapped outlives the file's deletion.
 */
final class MappedPatch implements OpenPatch {
    private final Arena arena;
    private final MemorySegment bytes;
    private final AtomicInteger users = new AtomicInteger(1);

    private MappedPatch(Arena arena, MemorySegment bytes) {
        this.arena = arena;
        this.bytes = bytes;
    }

    /** Maps the file, for one user, and has the disk read it: later, a connection's thread would wait for that. */
    static MappedPatch of(Path file, Patch patch) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, patch.size(), arena);
            bytes.load();
            return new MappedPatch(arena, bytes);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        } catch (InternalError e) {
            // How the JVM reports a page that the disk cannot read, or a file cut short under our feet.
            arena.close();
            throw new ProblemException.Broken("the bytes of patch '" + patch.name() + "' cannot be read from disk", e);
        }
    }

    /** One user more; false if it was unmapped meanwhile. */
    boolean retain() {
        return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    @Override
    public void send(Content.Sink sink, ByteRange range, boolean last, Callback callback) {
        sink.write(last, bytes.asSlice(range.offset(), range.length()).asByteBuffer(), callback);
    }

    @Override
    public boolean inParts() {
        return true;
    }

    @Override
    public void release() {
        if (users.decrementAndGet() == 0) {
            unmap();
        }
    }

    /**
     * A download that is aborted may be over for us while another thread is still inside its last write to the socket. The JDK
     * refuses to unmap under such a write, which lasts microseconds.
     */
    private void unmap() {
        try {
            arena.close();
        } catch (IllegalStateException e) {
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(this::unmap);
        }
    }
}
