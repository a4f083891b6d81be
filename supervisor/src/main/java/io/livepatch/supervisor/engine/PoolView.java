package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An immutable snapshot of a pool: the input of {@link PoolPlan}.
 *
 * @param nextFill the earliest time at which another worker may be started for the first time
 */
record PoolView(PoolSpec spec, boolean paused, boolean closing, Instant now, Instant nextFill, List<SlotView> slots) {

    /** What a slot is used for. */
    sealed interface Role {

        record Empty() implements Role {}

        /**
         * One of the replicas.
         *
         * @param inPlace since when its process is being replaced under the same number, while it is
         */
        record Member(Optional<Instant> inPlace) implements Role {
            static final Member SETTLED = new Member(Optional.empty());
        }

        /** Takes over from the member in slot {@code of} once it is ready; until then it is not a member. */
        record Replacement(int of, ReplacementReason reason, Instant since) implements Role {}

        /**
         * Being stopped.
         *
         * @param recycled whether a replacement has taken over; the queue of replacements then waits for the end of this worker
         */
        record Leaving(boolean recycled, ReplacementReason reason, Instant since) implements Role {}
    }

    /**
     * A member's place in the queue of replacements.
     *
     * @param attempts replacements that failed so far
     * @param notBefore the earliest time of the next attempt
     */
    record ReplacementRequest(ReplacementReason reason, Instant since, int attempts, Instant notBefore) {

        static ReplacementRequest of(ReplacementReason reason, Instant now) {
            return new ReplacementRequest(reason, now, 0, now);
        }

        ReplacementRequest postponed(Instant until) {
            return new ReplacementRequest(reason, since, attempts + 1, until);
        }

        /** An unhealthy worker serves no requests, so it precedes workers that merely reached a limit. */
        int rank() {
            return reason == ReplacementReason.HEALTH ? 0 : 1;
        }
    }

    /**
     * A snapshot of a slot.
     *
     * @param vacant whether it has no process, not even one that the kernel did not end in time
     * @param hangs whether its process gives no answer any more
     */
    record SlotView(
            int number,
            Role role,
            WorkerState state,
            boolean vacant,
            boolean hangs,
            Optional<ReplacementRequest> request) {

        boolean ready() {
            return state == WorkerState.READY;
        }

        boolean member() {
            return role instanceof Role.Member;
        }
    }

    PoolView {
        slots = List.copyOf(slots);
    }

    Stream<SlotView> members() {
        return slots.stream().filter(SlotView::member);
    }

    Optional<SlotView> replacementOf(int number) {
        return slots.stream()
                .filter(slot -> slot.role() instanceof Role.Replacement it && it.of() == number)
                .findFirst();
    }

    /** The free slot with the lowest number; slots left over from a larger pool are not used again. */
    Optional<SlotView> free() {
        return slots.stream()
                .filter(slot -> slot.role() instanceof Role.Empty && slot.vacant() && slot.number() < spec.maxWorkers())
                .findFirst();
    }

    /** The number of planned replacements in progress. */
    long recycling() {
        return slots.stream().filter(this::recycling).count();
    }

    boolean recycling(SlotView slot) {
        return switch (slot.role()) {
            case Role.Replacement _ -> true;
            case Role.Leaving leaving -> leaving.recycled();
            case Role.Member(var inPlace) -> inPlace.isPresent() && !overdue(inPlace.get());
            case Role.Empty() -> false;
        };
    }

    /** Whether a replacement that started at {@code start} has missed its deadline. */
    boolean overdue(Instant start) {
        return !now.isBefore(deadline(start));
    }

    Instant deadline(Instant start) {
        return start.plus(spec.recycling().readyWithin());
    }
}
