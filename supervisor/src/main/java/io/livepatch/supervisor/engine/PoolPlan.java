package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementPolicy.Order;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.PoolView.ReplacementRequest;
import io.livepatch.supervisor.engine.PoolView.Role;
import io.livepatch.supervisor.engine.PoolView.SlotView;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides the next action of a pool: a pure function of {@link PoolView}. All planned replacements pass through {@link #recycle},
 * the only place that stops a healthy worker: never more than {@code maxUnavailable} at once, and with {@code START_FIRST} not
 * before its replacement is ready. A worker that hangs does not wait in that queue, see {@link #killHung}.
 */
final class PoolPlan {

    private static final Comparator<SlotView> QUEUE = Comparator.comparingInt(
                    (SlotView slot) -> request(slot).rank())
            .thenComparing(slot -> request(slot).since())
            .thenComparingInt(SlotView::number);

    /** Surplus workers without a process are retired first, then those that are not ready, then the highest number. */
    private static final Comparator<SlotView> RETIRE_ORDER = Comparator.comparing(
                    (SlotView slot) -> slot.state().present())
            .thenComparing(SlotView::ready)
            .thenComparing(Comparator.comparingInt(SlotView::number).reversed());

    private PoolPlan() {}

    /** What a pool does next; printed in the debug log. */
    sealed interface Action {

        /** The worker of a leaving slot has ended: the slot becomes empty. */
        record Release(int slot) implements Action {}

        /** Start a new member. */
        record Fill(int slot) implements Action {}

        /** Kill a process that hangs; it is restarted as after a crash. */
        record KillHung(int slot) implements Action {}

        /** Stop a member, since there are more than replicas. */
        record Retire(int slot) implements Action {}

        /** Start a worker in {@code slot} that is to replace the one in {@code old}. */
        record Replace(int old, int slot, ReplacementReason reason) implements Action {}

        /** The replacement is ready, or the old worker is gone: makes the replacement a member and stops the old worker. */
        record Swap(int old, int slot, ReplacementReason reason) implements Action {}

        /** The replacement failed: stops it and tries again later; the old worker keeps serving. */
        record Abandon(int old, int slot) implements Action {}

        /** Replace the process in its own slot. */
        record RestartInPlace(int slot, ReplacementReason reason) implements Action {}

        /** The process that was replaced in its own slot is ready. */
        record Returned(int slot) implements Action {}
    }

    /** The next action; empty when nothing is to be done now. */
    static Optional<Action> next(PoolView pool) {
        Optional<Action> released = release(pool);
        if (released.isPresent() || pool.closing()) {
            return released;
        }
        return Stream.of(killHung(pool), finish(pool), scale(pool), recycle(pool))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** When to plan again if no event comes before. */
    static Optional<Instant> nextPlanTime(PoolView pool) {
        Stream<Instant> retries =
                pool.members().flatMap(slot -> slot.request().stream()).map(ReplacementRequest::notBefore);
        Stream<Instant> deadlines = pool.slots().stream()
                .flatMap(slot -> replacedSince(slot.role()).stream())
                .map(pool::deadline);
        return Stream.of(retries, deadlines, Stream.of(pool.nextFill()))
                .flatMap(times -> times)
                .filter(pool.now()::isBefore)
                .min(Comparator.naturalOrder());
    }

    private static Optional<Instant> replacedSince(Role role) {
        return switch (role) {
            case Role.Replacement replacement -> Optional.of(replacement.since());
            case Role.Member(var inPlace) -> inPlace;
            case Role.Leaving _, Role.Empty _ -> Optional.empty();
        };
    }

    private static Optional<Action> release(PoolView pool) {
        return pool.slots().stream()
                .filter(slot ->
                        slot.role() instanceof Role.Leaving && slot.state() == WorkerState.STOPPED && slot.vacant())
                .findFirst()
                .map(slot -> new Action.Release(slot.number()));
    }

    /**
     * A process that hangs serves no requests, so killing it at once costs no capacity. Keeping it until its replacement is ready
     * would cost requests: while it lives, its listening socket stays in the {@code SO_REUSEPORT} group and the kernel keeps
     * giving it its share of the connections. A paused pool is left alone so that an operator can attach a debugger.
     */
    private static Optional<Action> killHung(PoolView pool) {
        return pool.paused()
                ? Optional.empty()
                : pool.slots().stream()
                        .filter(SlotView::hangs)
                        .findFirst()
                        .map(slot -> new Action.KillHung(slot.number()));
    }

    /** Finishes replacements in progress. */
    private static Optional<Action> finish(PoolView pool) {
        return pool.slots().stream()
                .flatMap(slot -> finish(pool, slot).stream())
                .findFirst();
    }

    private static Optional<Action> finish(PoolView pool, SlotView slot) {
        return switch (slot.role()) {
            case Role.Replacement(int old, var reason, Instant since) -> {
                boolean oldServes = pool.slots().get(old).state().present();
                if (slot.ready() || !oldServes) {
                    yield Optional.of(new Action.Swap(old, slot.number(), reason));
                }
                // A replacement that is itself marked for replacement hangs or exceeded a limit before it was ready.
                boolean failed = !slot.state().present() || slot.request().isPresent() || pool.overdue(since);
                yield failed ? Optional.of(new Action.Abandon(old, slot.number())) : Optional.empty();
            }
            case Role.Member(var inPlace)
            when inPlace.isPresent() && slot.ready() -> Optional.of(new Action.Returned(slot.number()));
            case Role.Member _, Role.Leaving _, Role.Empty _ -> Optional.empty();
        };
    }

    private static Optional<Action> scale(PoolView pool) {
        long members = pool.members().count();
        if (members > pool.spec().replicas()) {
            return pool.members().min(RETIRE_ORDER).map(slot -> new Action.Retire(slot.number()));
        }
        boolean fill = members < pool.spec().replicas() && !pool.now().isBefore(pool.nextFill());
        return fill ? pool.free().map(slot -> new Action.Fill(slot.number())) : Optional.empty();
    }

    private static Optional<Action> recycle(PoolView pool) {
        int maxUnavailable = pool.spec().recycling().maxUnavailable();
        if (pool.paused()) {
            return Optional.empty();
        }
        Stream<SlotView> due = pool.members()
                .filter(slot -> slot.request().isPresent()
                        && !pool.now().isBefore(request(slot).notBefore()))
                .filter(slot -> slot.state() == WorkerState.RUNNING || slot.ready())
                .filter(slot -> pool.replacementOf(slot.number()).isEmpty())
                // A member whose replacement in place is in progress already counts, so it may be replaced once more.
                .filter(slot -> pool.recycling() - (pool.recycling(slot) ? 1 : 0) < maxUnavailable)
                .sorted(QUEUE);
        if (pool.spec().recycling().order() == Order.START_FIRST) {
            return due.findFirst()
                    .flatMap(old -> pool.free()
                            .map(slot -> new Action.Replace(
                                    old.number(), slot.number(), request(old).reason())));
        }
        long missing = pool.members().filter(slot -> !slot.ready()).count();
        return due.filter(slot -> !slot.ready() || missing < maxUnavailable)
                .findFirst()
                .map(slot ->
                        new Action.RestartInPlace(slot.number(), request(slot).reason()));
    }

    private static ReplacementRequest request(SlotView slot) {
        return slot.request().orElseThrow();
    }
}
