package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.engine.PoolView.Role;
import io.livepatch.supervisor.engine.Worker.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the moves that {@link PoolPlan} decides on. Confined to the loop. */
final class PoolActionExecutor {

    private static final Logger log = LoggerFactory.getLogger(PoolActionExecutor.class);

    private final PoolEngine.Context engineContext;
    private final Supplier<PoolSpec> spec;
    private final List<Slot> seats;
    private final Consumer<PoolEvent> heard;
    private Instant nextFill;

    /** {@code seats} may grow; a seat's number is its place. */
    PoolActionExecutor(
            PoolEngine.Context engineContext, Supplier<PoolSpec> spec, List<Slot> seats, Consumer<PoolEvent> heard) {
        this.engineContext = engineContext;
        this.spec = spec;
        this.seats = seats;
        this.heard = heard;
        this.nextFill = engineContext.loop().instant();
    }

    /** When the next worker may be started for the first time. */
    Instant nextFill() {
        return nextFill;
    }

    void make(PoolPlan.Action poolAction) {
        log.debug("pool '{}': {}", spec.get().name(), poolAction);
        switch (poolAction) {
            case PoolPlan.Action.Release(int number) -> release(seats.get(number));
            case PoolPlan.Action.Fill(int number) -> {
                nextFill = now().plus(spec.get().startSpacing());
                start(seats.get(number), Role.Member.SETTLED, Optional.empty());
            }
            case PoolPlan.Action.KillHung(int number) ->
                seats.get(number).slot().handle(new WorkerEvent.KillHung());
            case PoolPlan.Action.Retire(int number) -> retire(number);
            case PoolPlan.Action.Replace(int old, int number, ReplacementReason reason) ->
                replace(seats.get(old), seats.get(number), reason);
            case PoolPlan.Action.Swap(int old, int number, ReplacementReason reason) ->
                swap(seats.get(old), seats.get(number), reason);
            case PoolPlan.Action.Abandon(int old, int number) -> abandon(seats.get(old), seats.get(number));
            case PoolPlan.Action.RestartInPlace(int number, ReplacementReason reason) -> {
                seats.get(number).become(new Role.Member(Optional.of(now())));
                seats.get(number).slot().handle(new WorkerEvent.Restart(reason));
            }
            case PoolPlan.Action.Returned(int number) -> returned(seats.get(number));
        }
    }

    private static void start(Slot seat, Role role, Optional<ReplacementReason> reason) {
        seat.become(role);
        seat.wish(Optional.empty());
        seat.slot().handle(new WorkerEvent.Start(reason));
    }

    private void release(Slot seat) {
        Role.Leaving leaving = (Role.Leaving) seat.role();
        WorkerInfo info = seat.info();
        seat.become(new Role.Empty());
        seat.wish(Optional.empty());
        if (leaving.recycled()) {
            Duration took = Duration.between(leaving.since(), now());
            heard.accept(new PoolEvent.Recycled(info, leaving.reason(), took));
        }
    }

    private void retire(int number) {
        seats.stream()
                .filter(seat -> seat.role() instanceof Role.Replacement it && it.of() == number)
                .forEach(seat -> leave(seat, ReplacementReason.SCALE_DOWN, false, now()));
        Slot seat = seats.get(number);
        seat.takeWaiting()
                .forEach(future -> future.completeExceptionally(new SupervisorException.RestartStalled(
                        "worker '%s' was taken away instead of restarted: its pool has fewer replicas now"
                                .formatted(seat.slot().id()))));
        leave(seat, ReplacementReason.SCALE_DOWN, false, now());
    }

    private static void leave(Slot seat, ReplacementReason reason, boolean recycled, Instant since) {
        seat.become(new Role.Leaving(recycled, reason, since));
        seat.wish(Optional.empty());
        seat.slot().handle(new WorkerEvent.Stop(reason));
    }

    private void replace(Slot old, Slot seat, ReplacementReason reason) {
        start(seat, new Role.Replacement(old.slot().number(), reason, now()), Optional.empty());
        heard.accept(new PoolEvent.Restarted(
                seat.info(), reason, Optional.of(old.slot().id())));
    }

    private static void swap(Slot old, Slot seat, ReplacementReason reason) {
        Instant since = seat.role() instanceof Role.Replacement it ? it.since() : Instant.EPOCH;
        seat.become(Role.Member.SETTLED);
        old.takeWaiting().forEach(seat::await);
        leave(old, reason, true, since);
    }

    private void abandon(Slot old, Slot seat) {
        leave(seat, ReplacementReason.CRASH, false, now());
        old.wish().ifPresent(wish -> {
            Duration pause = spec.get().restart().pause(wish.attempts(), engineContext.random());
            old.wish(Optional.of(wish.postponed(now().plus(pause))));
            log.warn(
                    "worker '{}' cannot be replaced, it serves on: '{}' did not live; next attempt in {}",
                    old.slot().id(),
                    seat.slot().id(),
                    Transition.seconds(pause));
        });
    }

    private void returned(Slot seat) {
        seat.become(Role.Member.SETTLED);
        heard.accept(new PoolEvent.Recycled(
                seat.info(),
                seat.slot().worker().stopping().reason(),
                Duration.between(seat.slot().worker().stopping().began(), now())));
    }

    private Instant now() {
        return engineContext.loop().instant();
    }
}
