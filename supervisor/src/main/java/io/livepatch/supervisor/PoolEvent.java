package io.livepatch.supervisor;

import java.time.Duration;
import java.util.Optional;

/** Something that happened in a pool, at the time when it is heard of or shortly before. */
public sealed interface PoolEvent {

    /** As it was just after the event. */
    WorkerInfo worker();

    /** It has just entered its state, coming from {@code before}. */
    record Changed(WorkerInfo worker, WorkerState before) implements PoolEvent {}

    /** A process is started, in the place of an earlier one, its own or that of {@code replaces}. */
    record Restarted(WorkerInfo worker, ReplacementReason reason, Optional<String> replaces) implements PoolEvent {}

    /**
     * Its process and all that it left behind are gone.
     *
     * @param reason why it was told to end; {@link ReplacementReason#CRASH} when it was not
     * @param stopping from the first word to leave until the end, the drain included; zero for a crash
     */
    record Ended(WorkerInfo worker, ExitStatus status, ReplacementReason reason, Duration uptime, Duration stopping)
            implements PoolEvent {}

    /** It was killed, because it did not end in time or because there was no time. */
    record Killed(WorkerInfo worker) implements PoolEvent {}

    /** It is to be replaced, in its turn: {@code why} says what was measured and what is allowed. */
    record Condemned(WorkerInfo worker, ReplacementReason reason, String why) implements PoolEvent {}

    /** Another has taken its place and it is gone; {@code took} is counted from the start of the other. */
    record Recycled(WorkerInfo worker, ReplacementReason reason, Duration took) implements PoolEvent {}

    /** It left the balancer; {@code cut} requests were still in flight when patience was at an end. */
    record Drained(WorkerInfo worker, Duration took, int cut) implements PoolEvent {}

    /** It crashed too often and is not started any more. */
    record GaveUp(WorkerInfo worker, String why) implements PoolEvent {}

    /**
     * Hears of all that happens in a pool, in order, on a thread of its own and never under a lock: it may take its time, and may
     * call the pool. What it throws is logged and goes no further. The last events may arrive after {@link Pool#close()} has
     * returned.
     */
    @FunctionalInterface
    interface Listener {

        void heard(String pool, PoolEvent event);

        /** One that does not care. */
        static Listener none() {
            return (pool, event) -> {};
        }
    }
}
