package io.livepatch.fleet.load;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each monkey, in 18 bytes: a replica may have millions. Pages come into being when one of their monkeys does; monkeys that are at
 * home on the same replica lie together, so that a replica has hardly more pages than it needs.
 *
 * <p>All but the flags is written by the thread that has the monkey's turn, before it clears {@link #RUNNING}.
 */
final class Monkeys {
    /** It is this replica's. */
    static final int OURS = 1;

    static final int RUNNING = 2;
    /** Its batch has begun. */
    static final int BEGUN = 4;
    /** Its last turn failed. */
    static final int FAILED = 8;

    static final int FINISHED = 16;
    /** Its next turn begins as if for the first time. */
    static final int FORGET = 32;

    private static final int PAGE = 4096;

    private final int homes;
    private final int stride;
    private final AtomicReferenceArray<@Nullable Page> pages;
    private final AtomicInteger alive = new AtomicInteger();
    private volatile int[] ours = {};

    private static final class Page {
        final AtomicIntegerArray flags = new AtomicIntegerArray(PAGE);
        final int[] successes = new int[PAGE];
        final int[] failures = new int[PAGE];
        // Tenths of a second since the common start.
        final int[] last = new int[PAGE];
        final short[] kind = new short[PAGE];
    }

    /** Nobody is ours yet. */
    Monkeys(int count, int homes) {
        this.homes = homes;
        this.stride = (count - 1) / homes + 1;
        this.pages = new AtomicReferenceArray<>((int) (((long) stride * homes - 1) / PAGE + 1));
    }

    private int place(int monkey) {
        return monkey % homes * stride + monkey / homes;
    }

    private Page page(int place) {
        Page page = pages.get(place / PAGE);
        if (page != null) {
            return page;
        }
        Page fresh = new Page();
        Page other = pages.compareAndExchange(place / PAGE, null, fresh);
        return other == null ? fresh : other;
    }

    int flags(int monkey) {
        int place = place(monkey);
        return page(place).flags.get(place % PAGE);
    }

    boolean is(int monkey, int flag) {
        return (flags(monkey) & flag) != 0;
    }

    /** The flags before. */
    int change(int monkey, int set, int clear) {
        int place = place(monkey);
        return page(place).flags.getAndUpdate(place % PAGE, flags -> (flags | set) & ~clear);
    }

    /** Whether the monkey was ours, free and not finished; then it is running now. */
    boolean claim(int monkey) {
        int place = place(monkey);
        AtomicIntegerArray flags = page(place).flags;
        int now = flags.get(place % PAGE);
        if ((now & (OURS | RUNNING | FINISHED)) != OURS
                || !flags.compareAndSet(place % PAGE, now, now | RUNNING | BEGUN)) {
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

    /** Notes how a turn ended; {@code kind} 0 is success. */
    void note(int monkey, int kind, long nanos) {
        int place = place(monkey);
        Page page = page(place);
        int at = place % PAGE;
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
        return page(place(monkey)).successes[place(monkey) % PAGE];
    }

    int failures(int monkey) {
        return page(place(monkey)).failures[place(monkey) % PAGE];
    }

    /** Of the last failure; 0 if there was none. */
    int kind(int monkey) {
        return page(place(monkey)).kind[place(monkey) % PAGE];
    }

    /** When its last turn ended, to a tenth of a second. */
    long lastNanos(int monkey) {
        return page(place(monkey)).last[place(monkey) % PAGE] * 100_000_000L;
    }

    /** Takes these as ours, and no others; those that have come, in ascending order. */
    int[] own(int[] now) {
        int[] before = ours;
        int[] come = new int[now.length];
        int size = 0;
        int old = 0;
        for (int monkey : now) {
            while (old < before.length && before[old] < monkey) {
                leave(before[old++]);
            }
            if (old < before.length && before[old] == monkey) {
                old++;
            } else {
                come(monkey);
                come[size++] = monkey;
            }
        }
        while (old < before.length) {
            leave(before[old++]);
        }
        ours = now;
        return Arrays.copyOf(come, size);
    }

    private void leave(int monkey) {
        int flags = change(monkey, 0, OURS | BEGUN);
        if ((flags & (BEGUN | FINISHED)) == BEGUN) {
            alive.decrementAndGet();
        }
    }

    private void come(int monkey) {
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
