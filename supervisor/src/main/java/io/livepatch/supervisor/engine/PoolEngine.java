package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.PoolView.ReplacementRequest;
import io.livepatch.supervisor.engine.PoolView.Role;
import io.livepatch.supervisor.engine.WorkerRunner.SlotCallbacks;
import io.livepatch.supervisor.probe.Probes;
import io.livepatch.supervisor.process.Processes;
import io.livepatch.supervisor.process.UsageReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** The workers of a pool, the orders that it gets, and its queue. Confined to the loop. */
final class PoolEngine implements SlotCallbacks {

    private final Context engineContext;
    private final Optional<Balancer> balancer;
    private final Consumer<PoolEvent> heard;
    private final Runnable changed;
    private final List<Slot> seats = new ArrayList<>();
    private final ResourceMonitor resourceMonitor;
    private final PoolActionExecutor moves;

    private PoolSpec spec;
    private boolean paused;
    private boolean closing;
    private boolean settling;
    private Instant nextLook = Instant.MAX;

    /**
     * Nothing runs yet.
     *
     * @param heard gets every event
     * @param changed is called whenever {@link #workers()} may answer something new
     */
    PoolEngine(
            PoolSpec spec,
            Context engineContext,
            Optional<Balancer> balancer,
            Consumer<PoolEvent> heard,
            Runnable changed) {
        this.spec = spec;
        this.engineContext = engineContext;
        this.balancer = balancer;
        this.heard = heard;
        this.changed = changed;
        this.resourceMonitor = new ResourceMonitor(engineContext, balancer);
        this.moves = new PoolActionExecutor(engineContext, this::spec, seats, heard);
        makeSeats();
    }

    private void makeSeats() {
        while (seats.size() < spec.seats()) {
            seats.add(new Slot(new WorkerRunner(spec, seats.size(), engineContext, this)));
        }
    }

    /** Begins to fill the seats. */
    void start() {
        resourceMonitor.watch(this::spec, this::slots);
        settle();
    }

    PoolSpec spec() {
        return spec;
    }

    private List<WorkerRunner> slots() {
        return seats.stream().map(Slot::slot).toList();
    }

    /** As they are, without the seats that nobody sits on. */
    List<WorkerInfo> workers() {
        return seats.stream().filter(seat -> !seat.empty()).map(Slot::info).toList();
    }

    boolean paused() {
        return paused;
    }

    boolean gone() {
        return closing && seats.stream().allMatch(seat -> seat.slot().state() == WorkerState.STOPPED);
    }

    void signal(String name) {
        slots().forEach(slot -> slot.signal(name));
    }

    void pause(boolean on) {
        paused = on;
        settle();
    }

    void change(PoolSpec next) {
        spec = next;
        makeSeats();
        for (Slot seat : seats) {
            seat.slot().adopt(next);
            if (seat.slot().outdated()) {
                renew(seat);
            }
        }
        resourceMonitor.watch(this::spec, this::slots);
        settle();
    }

    /** What runs there was started by an older spec. One that waits for its next start may get on with the new one. */
    private void renew(Slot seat) {
        boolean waits = !seat.slot().state().present();
        if (seat.member() && waits) {
            seat.slot().handle(new WorkerEvent.Restart(ReplacementReason.CHANGE));
        } else if (seat.member()) {
            wish(seat, ReplacementReason.CHANGE);
        } else if (seat.role() instanceof Role.Replacement(int old, var reason, var since)) {
            moves.make(new PoolPlan.Action.Abandon(old, seat.slot().number()));
        }
    }

    /** See {@code Pool.recycle}; {@code done} is completed on the loop. */
    void recycle(String worker, CompletableFuture<Void> done) {
        Optional<Slot> found = seats.stream()
                .filter(seat -> seat.member() && seat.slot().id().equals(worker))
                .findFirst();
        if (closing || found.isEmpty()) {
            done.completeExceptionally(new SupervisorException.Refused(
                    closing
                            ? "cannot restart '%s': its pool is closed".formatted(worker)
                            : "cannot restart '%s': pool '%s' has no such member".formatted(worker, spec.name())));
            return;
        }
        Slot seat = found.get();
        seat.await(done);
        switch (seat.slot().state()) {
            case BACKING_OFF, FAILED -> seat.slot().handle(new WorkerEvent.Restart(ReplacementReason.REQUEST));
            case STARTING, RUNNING, READY, DRAINING, STOPPING, STOPPED -> wish(seat, ReplacementReason.REQUEST);
        }
        settle();
    }

    void recycleAll(List<CompletableFuture<Void>> each) {
        for (Slot seat : seats) {
            if (seat.member()) {
                CompletableFuture<Void> done = new CompletableFuture<>();
                each.add(done);
                recycle(seat.slot().id(), done);
            }
        }
    }

    void close() {
        closing = true;
        for (Slot seat : seats) {
            seat.takeWaiting()
                    .forEach(future -> future.completeExceptionally(
                            new SupervisorException.Refused("pool '%s' was closed meanwhile".formatted(spec.name()))));
            seat.slot().handle(new WorkerEvent.Stop(ReplacementReason.SHUTDOWN));
        }
        settle();
    }

    void hurry() {
        slots().forEach(slot -> slot.handle(new WorkerEvent.Hurry()));
    }

    void closeOutputs() {
        slots().forEach(WorkerRunner::close);
    }

    @Override
    public Optional<Balancer> balancer() {
        return balancer;
    }

    @Override
    public WorkerInfo describe(WorkerRunner slot) {
        return seats.get(slot.number()).info();
    }

    @Override
    public void happened(WorkerRunner slot, PoolEvent event) {
        if (event instanceof PoolEvent.Restarted) {
            seats.get(slot.number()).wish(Optional.empty());
        }
        heard.accept(event);
    }

    @Override
    public void condemned(WorkerRunner slot, ReplacementReason reason) {
        wish(seats.get(slot.number()), reason);
    }

    @Override
    public void settled(WorkerRunner slot) {
        settle();
    }

    private void wish(Slot seat, ReplacementReason reason) {
        if (seat.wish().isEmpty()) {
            seat.wish(Optional.of(ReplacementRequest.of(reason, now())));
        }
    }

    /** Moves until there is nothing to do; a move may call for others, which wait for their turn. */
    private void settle() {
        if (settling) {
            return;
        }
        settling = true;
        try {
            Optional<PoolPlan.Action> move = PoolPlan.next(view());
            while (move.isPresent()) {
                moves.make(move.get());
                move = PoolPlan.next(view());
            }
        } finally {
            settling = false;
        }
        seats.stream()
                .filter(Slot::member)
                .filter(seat -> seat.slot().state() == WorkerState.READY)
                .forEach(this::thank);
        PoolPlan.again(view()).ifPresent(this::lookAgain);
        changed.run();
    }

    /** Whoever waits for a new process at a seat whose process is new and ready waits no more. */
    private void thank(Slot seat) {
        if (seat.wish().isEmpty()) {
            seat.takeWaiting().forEach(future -> future.complete(null));
        }
    }

    private void lookAgain(Instant at) {
        if (at.isBefore(nextLook) || !nextLook.isAfter(now())) {
            nextLook = at;
            engineContext.loop().schedule(Duration.between(now(), at), this::settle);
        }
    }

    PoolView view() {
        return new PoolView(
                spec,
                paused,
                closing,
                now(),
                moves.nextFill(),
                seats.stream().map(Slot::view).toList());
    }

    private Instant now() {
        return engineContext.loop().instant();
    }

    /**
     * What all pools of a supervisor share; a simulation brings its own. {@code random} is used on the loop only.
     *
     * @param inherited the environment of this JVM
     */
    record Context(
            EventLoop loop,
            Processes processes,
            Probes probes,
            UsageReader meter,
            WorkerOutput.Factory outputs,
            Map<String, String> inherited,
            RandomGenerator random) {}
}
