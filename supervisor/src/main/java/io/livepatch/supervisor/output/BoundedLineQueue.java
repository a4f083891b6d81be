package io.livepatch.supervisor.output;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lines that wait for one writer, bounded in bytes. When there is no room the newest are dropped, for the eldest tell how trouble
 * began, and the newest are remembered per worker anyway. Having begun to drop, it goes on until half of it is free: one gap
 * with one notice, and not a line here and a notice there.
 */
final class BoundedLineQueue {

    /** Whole lines; the first {@code noticeLength} bytes tell of a loss before them. */
    static final class Block {

        final byte[] bytes;
        final int noticeLength;
        final Loss said;

        Block(byte[] bytes, int noticeLength, Loss said) {
            this.bytes = bytes;
            this.noticeLength = noticeLength;
            this.said = said;
        }
    }

    /** Lines that nobody will read. */
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
    /** What belongs behind the last block. */
    private Loss overflown = Loss.NONE;
    /** What belongs before the first block. */
    private Loss failed = Loss.NONE;

    BoundedLineQueue(int maxBytes, Function<Loss, byte[]> notice) {
        this.maxBytes = maxBytes;
        this.notice = notice;
    }

    /** False if they are dropped. Never waits for the writer's writing. */
    boolean offer(byte[] lines, int count) {
        lock.lock();
        try {
            full = !hasRoom(lines.length);
            if (full || closed) {
                overflown = overflown.plus(new Loss(count, lines.length));
                return false;
            }
            if (overflown.any()) {
                add(gap());
            }
            add(new Block(lines, 0, Loss.NONE));
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** One that is larger than all room there is passes alone. */
    private boolean hasRoom(int length) {
        return full ? size <= maxBytes / 2 : size == 0 || size + length <= maxBytes;
    }

    private Block gap() {
        byte[] told = notice.apply(overflown);
        Block gap = new Block(told, told.length, overflown);
        overflown = Loss.NONE;
        return gap;
    }

    private void add(Block block) {
        blocks.addLast(block);
        size += block.bytes.length;
    }

    /** Waits for the next to write; null when closed and all is taken. */
    @Nullable
    Block take() throws InterruptedException {
        lock.lock();
        try {
            while (blocks.isEmpty() && !overflown.any() && !closed) {
                changed.await();
            }
            Block next = blocks.pollFirst();
            if (next == null) {
                return overflown.any() ? gap() : null;
            }
            size -= next.bytes.length;
            return failed.any() ? afterNotice(next) : next;
        } finally {
            lock.unlock();
        }
    }

    private Block afterNotice(Block next) {
        byte[] told = notice.apply(failed);
        byte[] both = Arrays.copyOf(told, told.length + next.bytes.length);
        System.arraycopy(next.bytes, 0, both, told.length, next.bytes.length);
        Block joined = new Block(both, told.length + next.noticeLength, failed.plus(next.said));
        failed = Loss.NONE;
        return joined;
    }

    /** Could not be written; said before the next block, which is when there is hope again. */
    void failed(Loss loss) {
        lock.lock();
        try {
            failed = failed.plus(loss);
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more; what is there can still be taken. */
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
