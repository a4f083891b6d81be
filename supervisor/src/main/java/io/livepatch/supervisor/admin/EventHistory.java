package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.PoolEvent;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;

/** The latest events of all pools, in the order in which they happened. Thread-safe. */
public final class EventHistory implements PoolEvent.Listener {

    private static final int MAX_ENTRIES = 1000;

    /** An event with its sequence number; numbers begin with 1 and have no gaps. */
    record Entry(long number, Instant at, String pool, PoolEvent event) {}

    private final InstantSource clock;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long last;

    /** An empty history. */
    public EventHistory(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized void onEvent(String pool, PoolEvent event) {
        last++;
        entries.addLast(new Entry(last, clock.instant(), pool, event));
        if (entries.size() > MAX_ENTRIES) {
            entries.removeFirst();
        }
    }

    /** The retained entries with a higher number, oldest first. */
    synchronized List<Entry> since(long number) {
        return entries.stream().filter(entry -> entry.number() > number).toList();
    }
}
