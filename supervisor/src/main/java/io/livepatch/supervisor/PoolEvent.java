package io.livepatch.supervisor;

import java.time.Duration;
import java.util.Optional;

/** An event of a pool. The admin interface derives the kind of an event from the name of its record. */
public sealed interface PoolEvent {

    /** The worker just after the event. */
    WorkerInfo worker();

    /** The worker changed its state from {@code before}. */
    record Changed(WorkerInfo worker, WorkerState before) implements PoolEvent {}

    /** A process is started that replaces an earlier one of this worker, or of the worker {@code replaces}. */
    record Restarted(WorkerInfo worker, ReplacementReason reason, Optional<String> replaces) implements PoolEvent {}

    /**
     * The worker's process and its descendants have ended.
     *
     * @param reason why it was stopped; {@link ReplacementReason#CRASH} if it was not
     * @param stopping the duration of the stop, including the drain; zero for a crash
     */
    record Ended(WorkerInfo worker, ExitStatus status, ReplacementReason reason, Duration uptime, Duration stopping)
            implements PoolEvent {}

    /** The process was killed: it hangs, did not end in time, or was stopped by force. */
    record Killed(WorkerInfo worker) implements PoolEvent {}

    /** The worker was queued for replacement; {@code why} says what was measured and what is allowed. */
    record Condemned(WorkerInfo worker, ReplacementReason reason, String why) implements PoolEvent {}

    /** The worker was replaced and has ended; {@code took} is counted from the start of the replacement. */
    record Recycled(WorkerInfo worker, ReplacementReason reason, Duration took) implements PoolEvent {}

    /** The worker left the balancer; {@code cut} requests were still in flight after the drain time. */
    record Drained(WorkerInfo worker, Duration took, int cut) implements PoolEvent {}

    /** The worker is not restarted: it crashed too often, or its restart policy leaves it down. */
    record GaveUp(WorkerInfo worker, String why) implements PoolEvent {}

    /**
     * Receives all events of a pool, in order, on a thread of its own: it may block and may call the pool. An exception is logged.
     * The last events may arrive after {@link Pool#close()} has returned.
     */
    @FunctionalInterface
    interface Listener {

        void onEvent(String pool, PoolEvent event);

        /** {@link Pool#workers()} has changed, also without an event, such as when a worker is no longer due for replacement. */
        default void workersChanged(String pool) {}

        static Listener none() {
            return (pool, event) -> {};
        }
    }
}
