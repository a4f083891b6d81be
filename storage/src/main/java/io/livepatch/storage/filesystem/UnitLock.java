package io.livepatch.storage.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The lock on a store's directory: one unit has it, all processes of that unit share it, and it ends with the last of them,
 * kill -9 included.
 *
 * <p>It is a file with the unit's name in it and byte locks far behind its end. Each living process has one slot locked for
 * itself; whoever comes first (no slot is locked) writes the name. The gate byte is held for the moment of arriving, so
 * that nobody arrives in between.
 *
 * <p>POSIX gives such locks to processes, and a process loses them all when it closes <em>any</em> descriptor of the file.
 * So a JVM opens the file of a held directory once: {@link #HELD} knows them, and counts who uses them.
 */
final class UnitLock implements AutoCloseable {
    static final int SLOTS = 1024;
    private static final long GATE = 1L << 20;
    private static final long FIRST_SLOT = GATE + 1;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long PAUSE = Duration.ofMillis(5).toNanos();

    private static final Map<Object, UnitLock> HELD = new HashMap<>();

    private final Path file;
    private final Object key;
    private final String owner;
    private final FileChannel channel;
    private final AtomicLong tickets = new AtomicLong();
    private int slot = -1;
    private int holders;

    private UnitLock(Path file, Object key, String owner, FileChannel channel) {
        this.file = file;
        this.key = key;
        this.owner = owner;
        this.channel = channel;
    }

    /** Tidies up after processes that are gone; runs while nobody else can arrive. */
    interface Sweep {
        void run(IntPredicate slotLives) throws IOException;
    }

    /**
     * Takes the lock for this process, or shares what the process has already.
     *
     * @param sweep run if this process is new to the directory
     * @throws StoreException.Locked if another unit has it
     */
    static UnitLock acquire(Path file, String owner, Sweep sweep) throws IOException {
        synchronized (HELD) {
            Object key = keyOfCreated(file);
            @Nullable UnitLock held = HELD.get(key);
            if (held == null) {
                held = arrive(file, key, owner, sweep);
                HELD.put(key, held);
            } else if (!held.owner.equals(owner)) {
                throw locked(file, held.owner, owner);
            }
            held.holders++;
            return held;
        }
    }

    private static UnitLock arrive(Path file, Object key, String owner, Sweep sweep) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try (FileLock _ = gate(file, channel)) {
            UnitLock lock = new UnitLock(file, key, owner, channel);
            lock.claim();
            sweep.run(lock::lives);
            return lock;
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    private static FileLock gate(Path file, FileChannel channel) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline && !Thread.currentThread().isInterrupted()) {
            @Nullable FileLock gate = channel.tryLock(GATE, 1, false);
            if (gate != null) {
                return gate;
            }
            LockSupport.parkNanos(PAUSE);
        }
        throw new StoreException.Unavailable(
                "waiting for '" + file + "' ended after " + PATIENCE.toSeconds()
                        + " s or by an interrupt: another process is opening this store; see who has it with 'fuser "
                        + file + "'",
                null);
    }

    private void claim() throws IOException {
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

    private boolean lives(int other) {
        if (other == slot || other < 0 || other >= SLOTS) {
            // Nothing of this process is under way yet: what bears its slot is its predecessor's.
            return false;
        }
        try (@Nullable FileLock free = channel.tryLock(FIRST_SLOT + other, 1, false)) {
            return free == null;
        } catch (IOException e) {
            return true;
        }
    }

    /** A name for something under way: no other that is alive has it, and it tells which process made it. */
    String ticket() {
        return slot + "-" + tickets.incrementAndGet();
    }

    /** One more user of the lock; each closes it once. */
    UnitLock retain() {
        synchronized (HELD) {
            if (holders == 0) {
                throw new IllegalStateException("the lock on '" + file + "' was given back");
            }
            holders++;
            return this;
        }
    }

    /** Whether the file that is locked is still the one in the directory: not so after an unmount or a removal. */
    boolean intact() {
        try {
            return key.equals(key(file));
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
                throw Disk.failure("giving back the lock", file, e);
            }
        }
    }

    private static Object keyOfCreated(Path file) throws IOException {
        try {
            return key(file);
        } catch (NoSuchFileException absent) {
            try {
                Files.createFile(file);
            } catch (FileAlreadyExistsException e) {
                // A sibling was faster.
            }
            return key(file);
        }
    }

    /** Device and inode, by {@code stat(2)}: opening the file here could lose its locks. */
    private static Object key(Path file) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(file, BasicFileAttributes.class).fileKey(), "no inode numbers here");
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
