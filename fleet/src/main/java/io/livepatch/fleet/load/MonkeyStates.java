package io.livepatch.fleet.load;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The state of each monkey, in 18 bytes, since a replica may have millions. Pages are allocated when first used, and the monkeys of one home
 * replica are adjacent, so a replica allocates few pages for the monkeys of others. Thread-safe.
 *
 * <p>Only the thread that runs a monkey's iteration writes anything but the flags, before it clears {@link #RUNNING}.
 */
final class MonkeyStates {
    /** It belongs to this replica. */
    static final int OURS = 1;

    static final int RUNNING = 2;
    /** Its batch has begun. */
    static final int BEGUN = 4;
    /** Its last iteration failed. */
    static final int FAILED = 8;

    static final int FINISHED = 16;
    /** Its next iteration is to be like its first. */
    static final int FORGET = 32;

    private static final int PAGE_SIZE = 4096;

    private final int homes;
    private final int stride;
    private final AtomicReferenceArray<@Nullable Page> pages;
    private final AtomicInteger alive = new AtomicInteger();
    private volatile int[] ours = {};

    private static final class Page {
        final AtomicIntegerArray flags = new AtomicIntegerArray(PAGE_SIZE);
        final int[] successes = new int[PAGE_SIZE];
        final int[] failures = new int[PAGE_SIZE];
        // Tenths of a second since the common start.
        final int[] last = new int[PAGE_SIZE];
        final short[] kind = new short[PAGE_SIZE];
    }

    MonkeyStates(int count, int homes) {
        this.homes = homes;
        this.stride = (count - 1) / homes + 1;
        this.pages = new AtomicReferenceArray<>((int) (((long) stride * homes - 1) / PAGE_SIZE + 1));
    }

    private int index(int monkey) {
        return monkey % homes * stride + monkey / homes;
    }

    private Page page(int index) {
        Page page = pages.get(index / PAGE_SIZE);
        if (page != null) {
            return page;
        }
        Page fresh = new Page();
        Page other = pages.compareAndExchange(index / PAGE_SIZE, null, fresh);
        return other == null ? fresh : other;
    }

    int flags(int monkey) {
        int index = index(monkey);
        return page(index).flags.get(index % PAGE_SIZE);
    }

    boolean is(int monkey, int flag) {
        return (flags(monkey) & flag) != 0;
    }

    /** Returns the flags before the change. */
    int change(int monkey, int set, int clear) {
        int index = index(monkey);
        return page(index).flags.getAndUpdate(index % PAGE_SIZE, flags -> (flags | set) & ~clear);
    }

    /** Sets RUNNING if the monkey is ours, not running and not finished; returns whether it was set. */
    boolean claim(int monkey) {
        int index = index(monkey);
        AtomicIntegerArray flags = page(index).flags;
        int now = flags.get(index % PAGE_SIZE);
        if ((now & (OURS | RUNNING | FINISHED)) != OURS
                || !flags.compareAndSet(index % PAGE_SIZE, now, now | RUNNING | BEGUN)) {
            return false;
        }
        if ((now & BEGUN) == 0) {
            alive.incrementAndGet();
        }
        return true;
    }

    void finish(int monkey) {
        int before = change(monkey, FINISHED, RUNNING);
        if ((before & (OURS | FINISHED)) == OURS) {
            alive.decrementAndGet();
        }
    }

    /** Records the result of an iteration; {@code kind} 0 is success. */
    void record(int monkey, int kind, long nanos) {
        int index = index(monkey);
        Page page = page(index);
        int at = index % PAGE_SIZE;
        page.last[at] = (int) (nanos / 100_000_000L);
        if (kind == 0) {
            page.successes[at]++;
            change(monkey, 0, FAILED);
        } else {
            page.failures[at]++;
            page.kind[at] = (short) kind;
            change(monkey, FAILED, 0);
        }
    }

    int successes(int monkey) {
        return page(index(monkey)).successes[index(monkey) % PAGE_SIZE];
    }

    int failures(int monkey) {
        return page(index(monkey)).failures[index(monkey) % PAGE_SIZE];
    }

    /** Of the last failure; 0 if there was none. */
    int kind(int monkey) {
        return page(index(monkey)).kind[index(monkey) % PAGE_SIZE];
    }

    /** When its last iteration ended since the common start, to a tenth of a second. */
    long lastNanos(int monkey) {
        return page(index(monkey)).last[index(monkey) % PAGE_SIZE] * 100_000_000L;
    }

    /** Replaces the monkeys of this replica; both arrays are in ascending order. Returns the added ones. */
    int[] own(int[] now) {
        int[] before = ours;
        int[] added = new int[now.length];
        int size = 0;
        int old = 0;
        for (int monkey : now) {
            while (old < before.length && before[old] < monkey) {
                remove(before[old++]);
            }
            if (old < before.length && before[old] == monkey) {
                old++;
            } else {
                add(monkey);
                added[size++] = monkey;
            }
        }
        while (old < before.length) {
            remove(before[old++]);
        }
        ours = now;
        return Arrays.copyOf(added, size);
    }

    private void remove(int monkey) {
        int flags = change(monkey, 0, OURS | BEGUN);
        if ((flags & (BEGUN | FINISHED)) == BEGUN) {
            alive.decrementAndGet();
        }
    }

    private void add(int monkey) {
        int flags = change(monkey, OURS, 0);
        if ((flags & RUNNING) != 0) {
            change(monkey, BEGUN, 0);
            alive.incrementAndGet();
        }
    }

    int[] ours() {
        return ours;
    }

    int alive() {
        return alive.get();
    }
}
