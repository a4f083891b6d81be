package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Worker.Transition;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import io.livepatch.supervisor.process.Processes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One numbered place for a worker in a pool: does what {@link WorkerStateMachine} decides. Confined to the loop. */
final class WorkerRunner {

    private static final Logger log = LoggerFactory.getLogger(WorkerRunner.class);

    private final int number;
    private final String id;
    private final PoolEngine.Context engineContext;
    private final SlotCallbacks pool;
    private final BalancerLink link;
    private final OutputHandle output;

    private PoolSpec spec;
    private PoolSpec launchedBy;
    private WorkerStateMachine life;
    /** Counts the rules by which it has been judged so far. */
    private int rules;

    private Worker worker;
    private Processes.Start start;
    private Processes.@Nullable Running process;

    WorkerRunner(PoolSpec spec, int number, PoolEngine.Context engineContext, SlotCallbacks pool) {
        this.number = number;
        this.id = spec.name() + "-" + number;
        this.engineContext = engineContext;
        this.pool = pool;
        this.link = new BalancerLink(pool.balancer());
        this.output = new OutputHandle(engineContext.outputs());
        this.spec = spec;
        this.launchedBy = spec;
        this.life = new WorkerStateMachine(spec, engineContext.random());
        this.worker = Worker.stopped(now());
        this.start = WorkerStart.of(spec, number, engineContext.inherited(), WorkerOutput.discarded());
    }

    int number() {
        return number;
    }

    String id() {
        return id;
    }

    Worker worker() {
        return worker;
    }

    WorkerState state() {
        return worker.state();
    }

    /** Whether its latest process was started by a spec that reads otherwise now. */
    boolean outdated() {
        return SpecChange.recycles(launchedBy, spec);
    }

    /** From now on it lives by this spec; a process that is there stays. */
    void adopt(PoolSpec next) {
        PoolSpec old = spec;
        spec = next;
        life = new WorkerStateMachine(next, engineContext.random());
        if (!next.log().equals(old.log())) {
            close();
        }
        boolean judgedOtherwise = !next.ready().equals(old.ready())
                || !next.live().equals(old.live())
                || !next.limits().equals(old.limits());
        if (judgedOtherwise) {
            rules++;
            follow(life.adopt(worker, now()));
        }
    }

    boolean hangs() {
        return life.hangs(worker);
    }

    void handle(WorkerEvent event) {
        follow(life.step(worker, event, now()));
        pool.settled(this);
    }

    private void follow(Transition transition) {
        WorkerState before = worker.state();
        worker = transition.worker();
        transition.actions().forEach(this::act);
        if (before != worker.state()) {
            moved(before);
        }
    }

    void signal(String name) {
        if (process != null) {
            process.signal(name);
        }
    }

    /** Gives up its files, unless a process writes to them. */
    void close() {
        if (process == null) {
            output.close();
        }
    }

    private void act(WorkerAction action) {
        switch (action) {
            case WorkerAction.Launch(int run, Optional<ReplacementReason> reason) -> launch(run, reason);
            case WorkerAction.Terminate() -> {
                if (process != null) {
                    process.terminate(spec.stop().signal());
                }
            }
            case WorkerAction.Kill() -> kill();
            case WorkerAction.Check(int run, WorkerEvent.Look look) -> check(run, look);
            case WorkerAction.Enter(int run) ->
                link.enter(target(), failure -> post(new WorkerEvent.Entered(run, failure)));
            case WorkerAction.Leave(int run) -> leave(run);
            case WorkerAction.Condemn(ReplacementReason reason, String why) -> {
                log.info("worker '{}' is to be replaced: {}", id, why);
                pool.happened(this, new PoolEvent.Condemned(info(), reason, why));
                pool.condemned(this, reason);
            }
            case WorkerAction.Wake(int run, WorkerTimer timer, Duration in) -> wake(run, timer, in);
        }
    }

    private void launch(int run, Optional<ReplacementReason> reason) {
        launchedBy = spec;
        WorkerOutput open;
        try {
            open = output.open(spec, id, number);
        } catch (RuntimeException e) {
            // Whatever it is, it must not leave a worker that is neither started nor failed.
            post(new WorkerEvent.LaunchFailed(run, "cannot take its output: " + e.getMessage()));
            return;
        }
        start = WorkerStart.of(spec, number, engineContext.inherited(), open);
        engineContext.processes().launch(start, new RunWatcher(run));
        reason.ifPresent(why -> pool.happened(this, new PoolEvent.Restarted(info(), why, Optional.empty())));
    }

    private void kill() {
        if (process != null) {
            process.kill();
            pool.happened(this, new PoolEvent.Killed(info()));
        }
    }

    /** Answers by rules that hold no longer are dropped: the new rules have made checks of their own. */
    private void check(int run, WorkerEvent.Look look) {
        Optional<HealthCheck> found = look == WorkerEvent.Look.READY ? spec.ready() : spec.live();
        int asked = rules;
        found.ifPresent(check -> engineContext
                .probes()
                .check(
                        check.probe(),
                        ports(),
                        check.timeout(),
                        start,
                        failure -> engineContext.loop().execute(() -> {
                            if (rules == asked) {
                                handle(new WorkerEvent.Checked(run, look, failure));
                            }
                        })));
    }

    private void wake(int run, WorkerTimer timer, Duration in) {
        int asked = rules;
        engineContext.loop().schedule(in, () -> {
            if (!timer.ofRules() || rules == asked) {
                handle(new WorkerEvent.TimeUp(run, timer));
            }
        });
    }

    /** Those that its latest process was told. */
    WorkerPorts ports() {
        return launchedBy.listening().ports(number);
    }

    Balancer.Target target() {
        return new Balancer.Target(id, ports().port().orElse(0));
    }

    private void leave(int run) {
        link.leave(
                target(),
                launchedBy.listening(),
                departure -> engineContext.loop().execute(() -> {
                    departure.ifPresent(
                            left -> pool.happened(this, new PoolEvent.Drained(info(), left.took(), left.cut())));
                    handle(new WorkerEvent.Left(run));
                }));
    }

    private void post(WorkerEvent event) {
        engineContext.loop().execute(() -> handle(event));
    }

    private void moved(WorkerState before) {
        WorkerInfo info = info();
        String why = info.problem().map(text -> ": " + text).orElse("");
        switch (worker.state()) {
            case BACKING_OFF -> log.warn("worker '{}': {}", id, info.problem().orElse("ended by itself"));
            case FAILED -> log.error("worker '{}': {}", id, info.problem().orElse("given up"));
            default -> log.info("worker '{}': {} -> {}{}", id, before, worker.state(), why);
        }
        pool.happened(this, new PoolEvent.Changed(info, before));
        if (worker.state() == WorkerState.FAILED) {
            pool.happened(this, new PoolEvent.GaveUp(info, info.problem().orElse("")));
        }
    }

    private WorkerInfo info() {
        return pool.describe(this);
    }

    WorkerInfo info(WorkerInfo.Role role, Optional<ReplacementReason> due) {
        return new WorkerInfo(
                id,
                number,
                role,
                worker.state(),
                worker.run().pid(),
                worker.since(),
                worker.run().launchedAt(),
                worker.run().number(),
                worker.lastExit(),
                worker.problem(),
                due,
                worker.run().usage(),
                ports(),
                launchedBy.log().map(log -> log.fileOf(number)));
    }

    private Instant now() {
        return engineContext.loop().instant();
    }

    /** Brings what the process layer says of one run to the loop. */
    private final class RunWatcher implements Processes.Watcher {

        private final int run;

        RunWatcher(int run) {
            this.run = run;
        }

        @Override
        public void launched(Processes.Running launched) {
            engineContext.loop().execute(() -> {
                process = launched;
                handle(new WorkerEvent.Launched(run, launched.pid()));
            });
        }

        @Override
        public void failed(String why) {
            post(new WorkerEvent.LaunchFailed(run, why));
        }

        @Override
        public void exited(ExitStatus status) {
            engineContext.loop().execute(() -> ended(status));
        }

        private void ended(ExitStatus status) {
            process = null;
            link.remove(target());
            Worker before = worker;
            boolean wished = before.state() == WorkerState.STOPPING || before.state() == WorkerState.DRAINING;
            ReplacementReason reason = wished ? before.stopping().reason() : ReplacementReason.CRASH;
            Duration stopping = wished ? Duration.between(before.stopping().began(), now()) : Duration.ZERO;
            pool.happened(
                    WorkerRunner.this, new PoolEvent.Ended(info(), status, reason, before.uptime(now()), stopping));
            handle(new WorkerEvent.Exited(run, status));
        }
    }

    /** What a worker's slot knows of the pool around it. Called on the loop. */
    interface SlotCallbacks {

        /** In proxy mode. */
        Optional<Balancer> balancer();

        /** What {@code slot} is in this pool, now. */
        WorkerInfo describe(WorkerRunner slot);

        /** Something happened in {@code slot}; what it says of itself is up to date. */
        void happened(WorkerRunner slot, PoolEvent event);

        /** It has to be replaced, in its turn. */
        void condemned(WorkerRunner slot, ReplacementReason reason);

        /** An event was handled, and whatever followed from it was done. */
        void settled(WorkerRunner slot);
    }
}
