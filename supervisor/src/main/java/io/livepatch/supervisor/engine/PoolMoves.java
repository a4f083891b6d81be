package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Reason;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the moves that {@link PoolPlan} decides on. Confined to the loop. */
final class PoolMoves {

    private static final Logger log = LoggerFactory.getLogger(PoolMoves.class);

    private final Machinery machinery;
    private final Supplier<PoolSpec> spec;
    private final List<Seat> seats;
    private final Consumer<PoolEvent> heard;
    private Instant nextFill;

    /** {@code seats} may grow; a seat's number is its place. */
    PoolMoves(Machinery machinery, Supplier<PoolSpec> spec, List<Seat> seats, Consumer<PoolEvent> heard) {
        this.machinery = machinery;
        this.spec = spec;
        this.seats = seats;
        this.heard = heard;
        this.nextFill = machinery.loop().instant();
    }

    /** When the next worker may be started for the first time. */
    Instant nextFill() {
        return nextFill;
    }

    void make(Move move) {
        log.debug("pool '{}': {}", spec.get().name(), move);
        switch (move) {
            case Move.Release(int number) -> release(seats.get(number));
            case Move.Fill(int number) -> {
                nextFill = now().plus(spec.get().startSpacing());
                start(seats.get(number), Role.Member.SETTLED, Optional.empty());
            }
            case Move.KillHung(int number) -> seats.get(number).slot().handle(new WorkerEvent.KillHung());
            case Move.Retire(int number) -> retire(number);
            case Move.Replace(int old, int number, Reason reason) -> replace(seats.get(old), seats.get(number), reason);
            case Move.Swap(int old, int number, Reason reason) -> swap(seats.get(old), seats.get(number), reason);
            case Move.Abandon(int old, int number) -> abandon(seats.get(old), seats.get(number));
            case Move.RestartInPlace(int number, Reason reason) -> {
                seats.get(number).become(new Role.Member(Optional.of(now())));
                seats.get(number).slot().handle(new WorkerEvent.Restart(reason));
            }
            case Move.Returned(int number) -> returned(seats.get(number));
        }
    }

    private static void start(Seat seat, Role role, Optional<Reason> reason) {
        seat.become(role);
        seat.wish(Optional.empty());
        seat.slot().handle(new WorkerEvent.Start(reason));
    }

    private void release(Seat seat) {
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
                .forEach(seat -> leave(seat, Reason.SCALE_DOWN, false, now()));
        Seat seat = seats.get(number);
        seat.takeWaiting()
                .forEach(future -> future.completeExceptionally(new SupervisorException.RestartStalled(
                        "worker '%s' was taken away instead of restarted: its pool has fewer replicas now"
                                .formatted(seat.slot().id()))));
        leave(seat, Reason.SCALE_DOWN, false, now());
    }

    private static void leave(Seat seat, Reason reason, boolean recycled, Instant since) {
        seat.become(new Role.Leaving(recycled, reason, since));
        seat.wish(Optional.empty());
        seat.slot().handle(new WorkerEvent.Stop(reason));
    }

    private void replace(Seat old, Seat seat, Reason reason) {
        start(seat, new Role.Replacement(old.slot().number(), reason, now()), Optional.empty());
        heard.accept(new PoolEvent.Restarted(
                seat.info(), reason, Optional.of(old.slot().id())));
    }

    private static void swap(Seat old, Seat seat, Reason reason) {
        Instant since = seat.role() instanceof Role.Replacement it ? it.since() : Instant.EPOCH;
        seat.become(Role.Member.SETTLED);
        old.takeWaiting().forEach(seat::await);
        leave(old, reason, true, since);
    }

    private void abandon(Seat old, Seat seat) {
        leave(seat, Reason.CRASH, false, now());
        old.wish().ifPresent(wish -> {
            Duration pause = spec.get().restart().pause(wish.attempts(), machinery.random());
            old.wish(Optional.of(wish.postponed(now().plus(pause))));
            log.warn(
                    "worker '{}' cannot be replaced, it serves on: '{}' did not live; next attempt in {}",
                    old.slot().id(),
                    seat.slot().id(),
                    Step.seconds(pause));
        });
    }

    private void returned(Seat seat) {
        seat.become(Role.Member.SETTLED);
        heard.accept(new PoolEvent.Recycled(
                seat.info(),
                seat.slot().worker().stopping().reason(),
                Duration.between(seat.slot().worker().stopping().began(), now())));
    }

    private Instant now() {
        return machinery.loop().instant();
    }
}
