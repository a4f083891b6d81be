package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementPolicy.Order;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.PoolView.ReplacementRequest;
import io.livepatch.supervisor.engine.PoolView.Role;
import io.livepatch.supervisor.engine.PoolView.Seat;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pool does next: a pure function of how it is. All planned recycles pass through {@link #recycle}, which is the one place
 * that lets a healthy worker go; it lets none go unless fewer than {@code maxUnavailable} are under way, and with
 * {@code START_FIRST} not before its replacement is ready. A worker that hangs is no healthy worker, and has no turn to wait for:
 * see {@link #killHung}.
 */
final class PoolPlan {

    private static final Comparator<Seat> QUEUE = Comparator.comparingInt(
                    (Seat seat) -> wish(seat).rank())
            .thenComparing(seat -> wish(seat).since())
            .thenComparingInt(Seat::number);

    /** Who goes first when there are too many: whoever does the least, and of equals the highest number. */
    private static final Comparator<Seat> LEAST_MISSED = Comparator.comparing(
                    (Seat seat) -> seat.state().present())
            .thenComparing(Seat::ready)
            .thenComparing(Comparator.comparingInt(Seat::number).reversed());

    private PoolPlan() {}

    /** The next move; empty when there is nothing to do for now. */
    static Optional<Action> next(PoolView pool) {
        Optional<Action> tidy = release(pool);
        if (tidy.isPresent() || pool.closing()) {
            return tidy;
        }
        return Stream.of(killHung(pool), settle(pool), scale(pool), recycle(pool))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** When to plan again although nothing will have happened. */
    static Optional<Instant> again(PoolView pool) {
        Stream<Instant> wishes = pool.members()
                .flatMap(seat -> seat.wish().stream())
                .map(ReplacementRequest::notBefore)
                .filter(pool.now()::isBefore);
        Stream<Instant> patience = pool.seats().stream()
                .flatMap(seat -> began(seat.role()).stream())
                .map(pool::lateAt)
                .filter(pool.now()::isBefore);
        Stream<Instant> fill = pool.now().isBefore(pool.nextFill()) ? Stream.of(pool.nextFill()) : Stream.empty();
        return Stream.of(wishes, patience, fill).flatMap(it -> it).min(Comparator.naturalOrder());
    }

    private static Optional<Instant> began(Role role) {
        return switch (role) {
            case Role.Replacement(var of, var reason, Instant since) -> Optional.of(since);
            case Role.Member(var inPlace) -> inPlace;
            case Role.Leaving _, Role.Empty _ -> Optional.empty();
        };
    }

    private static Optional<Action> release(PoolView pool) {
        return pool.seats().stream()
                .filter(seat ->
                        seat.role() instanceof Role.Leaving && seat.state() == WorkerState.STOPPED && seat.vacant())
                .findFirst()
                .map(seat -> new Action.Release(seat.number()));
    }

    /**
     * A process that hangs takes no part in serving, so to kill it at once takes no capacity. To let it live until its replacement
     * is ready would cost requests: while it lives, its listening socket stays in the {@code SO_REUSEPORT} group, and the kernel
     * goes on giving it its share of the connections. Its successor is started at once in either case. A paused pool is left
     * alone so that an operator can attach a debugger.
     */
    private static Optional<Action> killHung(PoolView pool) {
        return pool.paused()
                ? Optional.empty()
                : pool.seats().stream().filter(Seat::hangs).findFirst().map(seat -> new Action.KillHung(seat.number()));
    }

    /** Ends what was begun. */
    private static Optional<Action> settle(PoolView pool) {
        return pool.seats().stream()
                .flatMap(seat -> settle(pool, seat).stream())
                .findFirst();
    }

    private static Optional<Action> settle(PoolView pool, Seat seat) {
        return switch (seat.role()) {
            case Role.Replacement(int old, var reason, Instant since) -> {
                boolean oldServes = pool.seats().get(old).state().present();
                if (seat.ready() || !oldServes) {
                    yield Optional.of(new Action.Swap(old, seat.number(), reason));
                }
                // Condemned before it ever served: it hangs, or outlived its time.
                boolean failed = !seat.state().present() || seat.wish().isPresent() || pool.late(since);
                yield failed ? Optional.of(new Action.Abandon(old, seat.number())) : Optional.empty();
            }
            case Role.Member(var inPlace)
            when inPlace.isPresent() && seat.ready() -> Optional.of(new Action.Returned(seat.number()));
            case Role.Member _, Role.Leaving _, Role.Empty _ -> Optional.empty();
        };
    }

    private static Optional<Action> scale(PoolView pool) {
        long members = pool.members().count();
        if (members > pool.spec().replicas()) {
            return pool.members().min(LEAST_MISSED).map(seat -> new Action.Retire(seat.number()));
        }
        boolean wanting = members < pool.spec().replicas() && !pool.now().isBefore(pool.nextFill());
        return wanting ? pool.free().map(seat -> new Action.Fill(seat.number())) : Optional.empty();
    }

    private static Optional<Action> recycle(PoolView pool) {
        int most = pool.spec().recycling().maxUnavailable();
        if (pool.paused()) {
            return Optional.empty();
        }
        Stream<Seat> due = pool.members()
                .filter(seat -> seat.wish().isPresent()
                        && !pool.now().isBefore(wish(seat).notBefore()))
                .filter(seat -> seat.state() == WorkerState.RUNNING || seat.ready())
                .filter(seat -> pool.replacementOf(seat.number()).isEmpty())
                // One that is being replaced in place, and needs it once more, already has its turn.
                .filter(seat -> pool.recycling() - (pool.recycling(seat) ? 1 : 0) < most)
                .sorted(QUEUE);
        if (pool.spec().recycling().order() == Order.START_FIRST) {
            return due.findFirst()
                    .flatMap(old -> pool.free()
                            .map(seat -> new Action.Replace(
                                    old.number(), seat.number(), wish(old).reason())));
        }
        long missing = pool.members().filter(seat -> !seat.ready()).count();
        return due.filter(seat -> !seat.ready() || missing < most)
                .findFirst()
                .map(seat -> new Action.RestartInPlace(seat.number(), wish(seat).reason()));
    }

    private static ReplacementRequest wish(Seat seat) {
        return seat.wish().orElseThrow();
    }

    /** What a pool does next; prints itself for the log. */
    sealed interface Action {

        /** A seat whose worker is gone is free again. */
        record Release(int seat) implements Action {}

        /** A new member. */
        record Fill(int seat) implements Action {}

        /** Its process hangs: it is killed, and started again as after a crash. */
        record KillHung(int seat) implements Action {}

        /** There are more members than replicas. */
        record Retire(int seat) implements Action {}

        /** Start one at {@code seat} that shall take the place of {@code old}. */
        record Replace(int old, int seat, ReplacementReason reason) implements Action {}

        /** It is ready, or whom it replaces is not there any more: it is a member from now on, and the old one goes. */
        record Swap(int old, int seat, ReplacementReason reason) implements Action {}

        /** The replacement did not live; the old one serves on, and another attempt is made later. */
        record Abandon(int old, int seat) implements Action {}

        /** Replace its process under the same number. */
        record RestartInPlace(int seat, ReplacementReason reason) implements Action {}

        /** It is back. */
        record Returned(int seat) implements Action {}
    }
}
