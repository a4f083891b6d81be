package io.livepatch.storage.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.Disk;
import io.livepatch.storage.disk.FileVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a unit on a store's directory. All processes of the unit share it, and the kernel releases it when the last of them
 * ends, also by {@code kill -9}.
 *
 * <p>It is a file that contains the unit's name, with byte-range locks beyond its end. Each live process locks one byte, its slot; a
 * process that finds no slot locked writes the unit's name. A process holds the gate byte while it joins, so that only one joins at a
 * time.
 *
 * <p>POSIX releases all locks of a process on a file when the process closes <em>any</em> descriptor of it. So a JVM opens the lock file
 * once: {@link #HELD} shares it, and counts its holders.
 */
final class UnitLock implements AutoCloseable {
    static final int SLOTS = 1024;
    private static final long GATE = 1L << 20;
    private static final long FIRST_SLOT = GATE + 1;
    private static final Duration GATE_TIMEOUT = Duration.ofSeconds(10);
    private static final long PAUSE = Duration.ofMillis(5).toNanos();

    private static final Map<Object, UnitLock> HELD = new HashMap<>();

    private final Path file;
    private final Object key;
    private final String owner;
    private final FileChannel channel;
    private final AtomicLong stagings = new AtomicLong();
    private int slot = -1;
    private int holders;

    private UnitLock(Path file, Object key, String owner, FileChannel channel) {
        this.file = file;
        this.key = key;
        this.owner = owner;
        this.channel = channel;
    }

    /** Removes the files of dead processes; runs while the gate is held, so no other process can join. */
    interface Cleanup {
        void run(IntPredicate isSlotAlive) throws IOException;
    }

    /**
     * Acquires the lock for this process, or shares the one that the process already holds.
     *
     * @param cleanup runs if this process did not hold the lock
     * @throws StoreException.Locked if another unit holds it
     */
    static UnitLock acquire(Path file, String owner, Cleanup cleanup) throws IOException {
        synchronized (HELD) {
            Object key = createAndGetKey(file);
            @Nullable UnitLock held = HELD.get(key);
            if (held == null) {
                held = join(file, key, owner, cleanup);
                HELD.put(key, held);
            } else if (!held.owner.equals(owner)) {
                throw locked(file, held.owner, owner);
            }
            held.holders++;
            return held;
        }
    }

    private static UnitLock join(Path file, Object key, String owner, Cleanup cleanup) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try (FileLock _ = lockGate(file, channel)) {
            UnitLock lock = new UnitLock(file, key, owner, channel);
            lock.lockSlot();
            cleanup.run(lock::isAlive);
            return lock;
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    private static FileLock lockGate(Path file, FileChannel channel) throws IOException {
        long deadline = System.nanoTime() + GATE_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline && !Thread.currentThread().isInterrupted()) {
            @Nullable FileLock gate = channel.tryLock(GATE, 1, false);
            if (gate != null) {
                return gate;
            }
            LockSupport.parkNanos(PAUSE);
        }
        throw new StoreException.Unavailable(
                "waiting for '" + file + "' ended after " + GATE_TIMEOUT.toSeconds()
                        + " s or by an interrupt: another process is opening this store; see which with 'fuser "
                        + file + "'",
                null);
    }

    private void lockSlot() throws IOException {
        @Nullable FileLock all = channel.tryLock(FIRST_SLOT, SLOTS, false);
        if (all == null) {
            String present = readOwner();
            if (!present.equals(owner)) {
                throw locked(file, present, owner);
            }
        } else {
            writeOwner();
            all.release();
        }
        for (int i = 0; i < SLOTS; i++) {
            if (channel.tryLock(FIRST_SLOT + i, 1, false) != null) {
                slot = i;
                return;
            }
        }
        throw new StoreException.Unavailable("'" + file + "' is held by " + SLOTS + " processes already", null);
    }

    private boolean isAlive(int other) {
        if (other == slot || other < 0 || other >= SLOTS) {
            // This process has not staged anything yet, so files of its slot are those of the slot's previous holder.
            return false;
        }
        try (@Nullable FileLock free = channel.tryLock(FIRST_SLOT + other, 1, false)) {
            return free == null;
        } catch (IOException e) {
            return true;
        }
    }

    /** A name for a staging directory: unique among live processes, and tells the slot of the process that created it. */
    String newStagingName() {
        return slot + "-" + stagings.incrementAndGet();
    }

    /** Adds a holder of the lock, which closes it once. */
    UnitLock retain() {
        synchronized (HELD) {
            if (holders == 0) {
                throw new IllegalStateException("the lock on '" + file + "' was released");
            }
            holders++;
            return this;
        }
    }

    /** Whether the locked file is still the one in the directory; false after an unmount or a removal. */
    boolean intact() {
        try {
            return key.equals(FileVersion.of(file).key());
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        synchronized (HELD) {
            if (--holders > 0) {
                return;
            }
            HELD.remove(key);
            try {
                channel.close();
            } catch (IOException e) {
                throw Disk.failure("releasing the lock", file, e);
            }
        }
    }

    /** The key is read by {@code stat(2)}: opening the file a second time, and closing it, would release its locks. */
    private static Object createAndGetKey(Path file) throws IOException {
        try {
            return FileVersion.of(file).key();
        } catch (NoSuchFileException absent) {
            try {
                Files.createFile(file);
            } catch (FileAlreadyExistsException e) {
                // A sibling has created it.
            }
            return FileVersion.of(file).key();
        }
    }

    private String readOwner() throws IOException {
        ByteBuffer text = ByteBuffer.allocate(256);
        channel.read(text, 0);
        return UTF_8.decode(text.flip()).toString().strip();
    }

    private void writeOwner() throws IOException {
        channel.truncate(0);
        channel.write(UTF_8.encode(owner + "\n"), 0);
        channel.force(true);
    }

    private static StoreException.Locked locked(Path file, String present, String wanted) {
        return new StoreException.Locked("patch store '" + file.getParent() + "' is in use by unit '" + present
                + "' and cannot be used by unit '" + wanted
                + "' as well, since a filesystem store serves one unit; set patch-storage.type to s3 or postgres for a store"
                + " that units share ('livepatch-admin storage migrate' moves the patches there), or give '" + wanted
                + "' another patch-storage.filesystem-path");
    }
}
