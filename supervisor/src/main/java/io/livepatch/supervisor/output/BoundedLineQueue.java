package io.livepatch.supervisor.output;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A queue of lines for one writer thread, bounded in bytes. When it is full, new lines are dropped: the oldest ones show how a
 * problem began, and {@link RecentLines} has the newest of each worker. Once it drops lines, it drops all until half of it is
 * free, so that there is one gap with one notice instead of many small ones. Thread-safe.
 */
final class BoundedLineQueue {

    /** Whole lines. The first {@code noticeLength} bytes are a notice of the loss {@code reported}. */
    static final class Block {

        final byte[] bytes;
        final int noticeLength;
        final Loss reported;

        Block(byte[] bytes, int noticeLength, Loss reported) {
            this.bytes = bytes;
            this.noticeLength = noticeLength;
            this.reported = reported;
        }
    }

    /** An amount of dropped output. */
    record Loss(long lines, long bytes) {

        static final Loss NONE = new Loss(0, 0);

        Loss plus(Loss other) {
            return new Loss(lines + other.lines, bytes + other.bytes);
        }

        boolean any() {
            return lines > 0 || bytes > 0;
        }
    }

    private final int maxBytes;
    private final Function<Loss, byte[]> notice;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Block> blocks = new ArrayDeque<>();
    private int size;
    private boolean full;
    private boolean closed;
    /** Dropped for lack of room; its notice belongs behind the last block. */
    private Loss overflow = Loss.NONE;
    /** Taken but not written; its notice belongs before the first block. */
    private Loss unwritten = Loss.NONE;

    BoundedLineQueue(int maxBytes, Function<Loss, byte[]> notice) {
        this.maxBytes = maxBytes;
        this.notice = notice;
    }

    /** Adds lines; false if they are dropped. Never waits for a write. */
    boolean offer(byte[] lines, int count) {
        lock.lock();
        try {
            full = !hasRoom(lines.length);
            if (full || closed) {
                overflow = overflow.plus(new Loss(count, lines.length));
                return false;
            }
            if (overflow.any()) {
                add(takeOverflow());
            }
            add(new Block(lines, 0, Loss.NONE));
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** An empty queue takes a block of any size; otherwise one above {@code maxBytes} could never pass. */
    private boolean hasRoom(int length) {
        return full ? size <= maxBytes / 2 : size == 0 || size + length <= maxBytes;
    }

    private Block takeOverflow() {
        byte[] text = notice.apply(overflow);
        Block block = new Block(text, text.length, overflow);
        overflow = Loss.NONE;
        return block;
    }

    private void add(Block block) {
        blocks.addLast(block);
        size += block.bytes.length;
    }

    /** Waits for the next block to write; null when the queue is closed and empty. */
    @Nullable
    Block take() throws InterruptedException {
        lock.lock();
        try {
            while (blocks.isEmpty() && !overflow.any() && !closed) {
                changed.await();
            }
            Block next = blocks.pollFirst();
            if (next == null) {
                return overflow.any() ? takeOverflow() : null;
            }
            size -= next.bytes.length;
            return unwritten.any() ? withNoticeOfUnwritten(next) : next;
        } finally {
            lock.unlock();
        }
    }

    private Block withNoticeOfUnwritten(Block next) {
        byte[] text = notice.apply(unwritten);
        byte[] both = Arrays.copyOf(text, text.length + next.bytes.length);
        System.arraycopy(next.bytes, 0, both, text.length, next.bytes.length);
        Block joined = new Block(both, text.length + next.noticeLength, unwritten.plus(next.reported));
        unwritten = Loss.NONE;
        return joined;
    }

    /** Records a failed write. Its notice goes before the next block, which is the next time that a write is tried. */
    void failed(Loss loss) {
        lock.lock();
        try {
            unwritten = unwritten.plus(loss);
        } finally {
            lock.unlock();
        }
    }

    /** Refuses further lines; those in the queue can still be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
