package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A pool at one moment: all that {@link PoolPlan} needs.
 *
 * @param nextFill when the next worker may be started for the first time
 */
record PoolView(PoolSpec spec, boolean paused, boolean closing, Instant now, Instant nextFill, List<Seat> seats) {

    /**
     * A seat at one moment.
     *
     * @param vacant whether there is no process, not even one that was given up on
     * @param hangs whether its process gives no answer any more
     */
    record Seat(
            int number,
            Role role,
            WorkerState state,
            boolean vacant,
            boolean hangs,
            Optional<ReplacementRequest> wish) {

        boolean ready() {
            return state == WorkerState.READY;
        }

        boolean member() {
            return role instanceof Role.Member;
        }
    }

    PoolView {
        seats = List.copyOf(seats);
    }

    Stream<Seat> members() {
        return seats.stream().filter(Seat::member);
    }

    Optional<Seat> replacementOf(int number) {
        return seats.stream()
                .filter(seat -> seat.role() instanceof Role.Replacement it && it.of() == number)
                .findFirst();
    }

    /** The lowest free number; those beyond the spec's seats, left from a larger pool, are not used again. */
    Optional<Seat> free() {
        return seats.stream()
                .filter(seat -> seat.role() instanceof Role.Empty && seat.vacant() && seat.number() < spec.seats())
                .findFirst();
    }

    /** How many planned recycles are under way. */
    long recycling() {
        return seats.stream().filter(this::recycling).count();
    }

    boolean recycling(Seat seat) {
        return switch (seat.role()) {
            case Role.Replacement(var of, var reason, var since) -> true;
            case Role.Leaving(boolean recycled, var reason, var since) -> recycled;
            case Role.Member(var inPlace) -> inPlace.isPresent() && !late(inPlace.get());
            case Role.Empty() -> false;
        };
    }

    /** Whether what began then should have ended by now. */
    boolean late(Instant began) {
        return !now.isBefore(lateAt(began));
    }

    Instant lateAt(Instant began) {
        return began.plus(spec.recycling().readyWithin());
    }

    /** What a seat of a pool is for at the moment. */
    sealed interface Role {

        /** Nobody sits there. */
        record Empty() implements Role {}

        /**
         * One of the replicas.
         *
         * @param inPlace since when its process is being replaced under the same number, while it is
         */
        record Member(Optional<Instant> inPlace) implements Role {
            static final Member SETTLED = new Member(Optional.empty());
        }

        /** Shall take the place of the member at another seat, and may not count before it is ready. */
        record Replacement(int of, ReplacementReason reason, Instant since) implements Role {}

        /**
         * On its way out.
         *
         * @param recycled whether a replacement has taken its place, so that the queue waits for its end
         */
        record Leaving(boolean recycled, ReplacementReason reason, Instant since) implements Role {}
    }

    /**
     * That a member be replaced: a place in the queue.
     *
     * @param attempts replacements that failed so far
     * @param notBefore when the next attempt may begin
     */
    record ReplacementRequest(ReplacementReason reason, Instant since, int attempts, Instant notBefore) {

        static ReplacementRequest of(ReplacementReason reason, Instant now) {
            return new ReplacementRequest(reason, now, 0, now);
        }

        ReplacementRequest postponed(Instant until) {
            return new ReplacementRequest(reason, since, attempts + 1, until);
        }

        /** What nobody can be served by goes before what merely is old. */
        int rank() {
            return reason == ReplacementReason.HEALTH ? 0 : 1;
        }
    }
}
