package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.WorkerState;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A pool with simulated processes and time, which checks invariants after every event. */
final class SimulatedPool {

    final SimulatedLoop loop = new SimulatedLoop();
    final SimulatedProcesses processes;
    final PoolEngine engine;
    private final boolean healthy;
    /** The number of workers that must serve; grows with the members that have been ready. */
    private int floor;

    private boolean closing;

    SimulatedPool(PoolSpec spec, SplittableRandom random, boolean healthy, Function<String, SimulatedBehavior> fates) {
        this.healthy = healthy;
        this.processes = new SimulatedProcesses(loop, random.split(), fates, this::checkInvariants);
        boolean proxied = spec.listening() instanceof Listening.Proxied;
        if (proxied) {
            processes.proxied(healthy);
        }
        PoolEngine.Context context = new PoolEngine.Context(
                loop, processes, processes, processes, (_, _, _) -> WorkerOutput.discarded(), Map.of(), random.split());
        Optional<Balancer> balancer = proxied ? Optional.of(processes) : Optional.empty();
        this.engine = new PoolEngine(spec, context, balancer, this::onEvent, this::checkInvariants);
        loop.execute(engine::start);
    }

    void runFor(Duration time) {
        loop.runFor(time);
    }

    void scale(int replicas) {
        change(engine.spec().but().replicas(replicas).build());
    }

    void change(PoolSpec spec) {
        loop.execute(() -> {
            floor = Math.min(floor, spec.replicas());
            engine.change(spec);
        });
    }

    void pause(boolean on) {
        loop.execute(() -> {
            processes.forgiveSilence();
            engine.pause(on);
        });
    }

    void recycle(WorkerInfo worker) {
        loop.execute(() -> engine.recycle(worker.id(), new CompletableFuture<>()));
    }

    /** All replicas are ready and none is being replaced. */
    void requireSteadyState() {
        assertThat(engine.workers())
                .as("steady state")
                .hasSize(engine.spec().replicas())
                .allSatisfy(worker -> {
                    assertThat(worker.state()).isEqualTo(WorkerState.READY);
                    assertThat(worker.role()).isEqualTo(WorkerInfo.Role.MEMBER);
                    assertThat(worker.due()).isEmpty();
                });
    }

    void close(boolean forceStop) {
        loop.execute(() -> {
            floor = 0;
            closing = true;
            engine.close();
            processes.closed();
        });
        if (forceStop) {
            loop.execute(engine::forceStop);
        }
        loop.runFor(engine.spec().longestStop());
        assertThat(engine.stopped()).as("everything is stopped in time").isTrue();
        loop.runFor(Duration.ofHours(1));
        assertThat(processes.isEmpty()).as("isEmpty is left").isTrue();
        assertThat(engine.workers()).allMatch(worker -> worker.pid().isEmpty());
    }

    private void onEvent(PoolEvent event) {
        if (event instanceof PoolEvent.Restarted(WorkerInfo worker, ReplacementReason reason, var replaces)
                && (reason == ReplacementReason.CRASH
                        || (reason == ReplacementReason.HEALTH && processes.wasHung(worker.id())))
                && replaces.isEmpty()) {
            assertThat(Duration.between(processes.ended(worker.id()).orElseThrow(), loop.instant()))
                    .as("pause before the next start of %s", worker.id())
                    .isGreaterThanOrEqualTo(engine.spec().restart().initial());
        }
    }

    private void checkInvariants() {
        PoolSpec spec = engine.spec();
        PoolView view = engine.view();
        int most = spec.recycling().maxUnavailable();
        require(view.recycling() <= most, "more recycles at once than allowed", view);
        require(processes.count() <= view.slots().size(), "more processes than slots", view);
        if (!engine.paused() && !closing) {
            require(
                    view.slots().stream().noneMatch(PoolView.SlotView::hangs),
                    "a worker that hangs is not killed",
                    view);
            Duration silence = processes.longestSilence();
            require(silence.compareTo(silenceAllowed(spec)) <= 0, "silent for " + silence + ", and lives", view);
        }
        if (healthy && !closing) {
            long serving = processes.serving();
            int ready = (int) view.members().filter(PoolView.SlotView::ready).count();
            floor = Math.min(Math.max(floor, ready), spec.replicas());
            int spared = spec.recycling().order() == ReplacementPolicy.Order.START_FIRST ? 0 : most;
            require(serving >= floor - spared, serving + " serve where " + floor + " did and nothing is wrong", view);
        }
    }

    private static Duration silenceAllowed(PoolSpec spec) {
        return spec.live()
                .map(check ->
                        check.startPeriod().plus(check.detectsHangWithin()).plusSeconds(10))
                .orElseThrow();
    }

    /** Without AssertJ, since it runs a million times. */
    private static void require(boolean holds, String what, PoolView view) {
        if (!holds) {
            throw new AssertionError(what + ": " + view);
        }
    }
}
