package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.engine.PoolPlan.Action;
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

/** Executes the actions of {@link PoolPlan} on the slots of a pool. Confined to the loop. */
final class PoolActionExecutor {

    private static final Logger log = LoggerFactory.getLogger(PoolActionExecutor.class);

    private final PoolEngine.Context context;
    private final Supplier<PoolSpec> spec;
    private final List<Slot> slots;
    private final Consumer<PoolEvent> events;
    private Instant nextFill;

    /** {@code slots} may grow; the index of a slot is its number. */
    PoolActionExecutor(
            PoolEngine.Context context, Supplier<PoolSpec> spec, List<Slot> slots, Consumer<PoolEvent> events) {
        this.context = context;
        this.spec = spec;
        this.slots = slots;
        this.events = events;
        this.nextFill = context.loop().instant();
    }

    Instant nextFill() {
        return nextFill;
    }

    void execute(Action action) {
        log.debug("pool '{}': {}", spec.get().name(), action);
        switch (action) {
            case Action.Release(int number) -> release(slots.get(number));
            case Action.Fill(int number) -> {
                nextFill = now().plus(spec.get().startSpacing());
                start(slots.get(number), Role.Member.SETTLED);
            }
            case Action.KillHung(int number) -> slots.get(number).runner().handle(new WorkerEvent.KillHung());
            case Action.Retire(int number) -> retire(number);
            case Action.Replace(int old, int number, ReplacementReason reason) ->
                replace(slots.get(old), slots.get(number), reason);
            case Action.Swap(int old, int number, ReplacementReason reason) ->
                swap(slots.get(old), slots.get(number), reason);
            case Action.Abandon(int old, int number) -> abandon(slots.get(old), slots.get(number));
            case Action.RestartInPlace(int number, ReplacementReason reason) -> {
                slots.get(number).role(new Role.Member(Optional.of(now())));
                slots.get(number).runner().handle(new WorkerEvent.Restart(reason));
            }
            case Action.Returned(int number) -> returned(slots.get(number));
        }
    }

    private static void start(Slot slot, Role role) {
        slot.role(role);
        slot.request(Optional.empty());
        slot.runner().handle(new WorkerEvent.Start(Optional.empty()));
    }

    private void release(Slot slot) {
        Role.Leaving leaving = (Role.Leaving) slot.role();
        WorkerInfo info = slot.info();
        slot.role(new Role.Empty());
        slot.request(Optional.empty());
        if (leaving.recycled()) {
            Duration took = Duration.between(leaving.since(), now());
            events.accept(new PoolEvent.Recycled(info, leaving.reason(), took));
        }
    }

    private void retire(int number) {
        slots.stream()
                .filter(slot -> slot.role() instanceof Role.Replacement it && it.of() == number)
                .forEach(slot -> stop(slot, ReplacementReason.SCALE_DOWN, false, now()));
        Slot slot = slots.get(number);
        slot.takeWaiting()
                .forEach(future -> future.completeExceptionally(new SupervisorException.RestartStalled(
                        "worker '%s' was removed instead of restarted: its pool has fewer replicas now"
                                .formatted(slot.runner().id()))));
        stop(slot, ReplacementReason.SCALE_DOWN, false, now());
    }

    private static void stop(Slot slot, ReplacementReason reason, boolean recycled, Instant since) {
        slot.role(new Role.Leaving(recycled, reason, since));
        slot.request(Optional.empty());
        slot.runner().handle(new WorkerEvent.Stop(reason));
    }

    private void replace(Slot old, Slot slot, ReplacementReason reason) {
        start(slot, new Role.Replacement(old.runner().number(), reason, now()));
        events.accept(new PoolEvent.Restarted(
                slot.info(), reason, Optional.of(old.runner().id())));
    }

    private static void swap(Slot old, Slot slot, ReplacementReason reason) {
        Instant since = slot.role() instanceof Role.Replacement it ? it.since() : Instant.EPOCH;
        slot.role(Role.Member.SETTLED);
        old.takeWaiting().forEach(slot::addWaiting);
        stop(old, reason, true, since);
    }

    private void abandon(Slot old, Slot slot) {
        stop(slot, ReplacementReason.CRASH, false, now());
        old.request().ifPresent(request -> {
            Duration pause = spec.get().restart().pause(request.attempts(), context.random());
            old.request(Optional.of(request.postponed(now().plus(pause))));
            log.warn(
                    "cannot replace worker '{}', which keeps serving: replacement '{}' failed; next attempt in {}",
                    old.runner().id(),
                    slot.runner().id(),
                    Transition.seconds(pause));
        });
    }

    private void returned(Slot slot) {
        slot.role(Role.Member.SETTLED);
        Worker.StopRequest stopped = slot.runner().worker().stopping();
        events.accept(new PoolEvent.Recycled(slot.info(), stopped.reason(), Duration.between(stopped.began(), now())));
    }

    private Instant now() {
        return context.loop().instant();
    }
}
