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
import io.livepatch.supervisor.engine.WorkerEvent.CheckType;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import io.livepatch.supervisor.process.Processes;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the worker of one slot: executes the actions that {@link WorkerStateMachine} decides on and feeds their results back to it.
 * Confined to the loop.
 */
final class WorkerRunner {

    private static final Logger log = LoggerFactory.getLogger(WorkerRunner.class);

    private final int number;
    private final PoolEngine.Context context;
    private final PoolEngine pool;
    private final StartFactory starts;

    private PoolSpec spec;
    private PoolSpec launchedWith;
    private WorkerStateMachine stateMachine;
    /** Incremented when health checks or limits change, so that results and timers of the former ones are dropped. */
    private int checkVersion;

    private Worker worker;
    private Processes.Start start;
    private final WorkerProcess process = new WorkerProcess();

    WorkerRunner(PoolSpec spec, int number, PoolEngine.Context context, PoolEngine pool) {
        this.number = number;
        this.context = context;
        this.pool = pool;
        this.starts = new StartFactory(number, context);
        this.spec = spec;
        this.launchedWith = spec;
        this.stateMachine = new WorkerStateMachine(spec, context.random());
        this.worker = Worker.stopped(context.loop().instant());
        this.start = StartFactory.start(spec, number, context.inherited(), WorkerOutput.discarded());
    }

    int number() {
        return number;
    }

    String id() {
        return start.label();
    }

    Worker worker() {
        return worker;
    }

    WorkerState state() {
        return worker.state();
    }

    /** The spec that its latest process was started with. */
    PoolSpec launchedWith() {
        return launchedWith;
    }

    /** Whether the present spec needs another process than the one that was started. */
    boolean outdated() {
        return SpecChange.recycles(launchedWith, spec);
    }

    /** Uses this spec from now on; a running process stays. */
    void applySpec(PoolSpec next) {
        PoolSpec old = spec;
        spec = next;
        stateMachine = new WorkerStateMachine(next, context.random());
        if (!next.log().equals(old.log())) {
            closeOutput();
        }
        boolean sameChecks = next.ready().equals(old.ready())
                && next.live().equals(old.live())
                && next.limits().equals(old.limits());
        if (!sameChecks) {
            checkVersion++;
            apply(stateMachine.restartChecks(worker, context.loop().instant()));
        }
    }

    boolean hangs() {
        return stateMachine.hangs(worker);
    }

    void handle(WorkerEvent event) {
        apply(stateMachine.step(worker, event, context.loop().instant()));
        pool.reconcile();
    }

    private void apply(Transition transition) {
        WorkerState before = worker.state();
        worker = transition.worker();
        transition.actions().forEach(this::execute);
        if (before != worker.state()) {
            stateChanged(before);
        }
    }

    void signal(String name) {
        process.signal(name);
    }

    void reload(String name) {
        process.reload(name, worker);
    }

    /** Closes the output unless a process writes to it. */
    void closeOutput() {
        if (!process.present()) {
            starts.closeOutput();
        }
    }

    private void execute(WorkerAction action) {
        switch (action) {
            case WorkerAction.Launch(int run, Optional<ReplacementReason> reason) -> launch(run, reason);
            case WorkerAction.Terminate() -> process.terminate(spec.stop().signal());
            case WorkerAction.Kill() -> {
                if (process.kill()) {
                    pool.publish(this, new PoolEvent.Killed(info()));
                }
            }
            case WorkerAction.Check(int run, CheckType type) -> check(run, type);
            case WorkerAction.EnterBalancer(int run) -> enterBalancer(run);
            case WorkerAction.LeaveBalancer(int run) -> leaveBalancer(run);
            case WorkerAction.MarkForReplacement(ReplacementReason reason, String why) -> {
                log.info("worker '{}' is to be replaced: {}", id(), why);
                pool.publish(this, new PoolEvent.Condemned(info(), reason, why));
                pool.markedForReplacement(this, reason);
            }
            case WorkerAction.StartTimer(int run, WorkerTimer timer, Duration delay) -> startTimer(run, timer, delay);
        }
    }

    private void launch(int run, Optional<ReplacementReason> reason) {
        launchedWith = spec;
        process.starting();
        try {
            start = starts.open(spec);
        } catch (RuntimeException e) {
            // Without this event the worker would stay in STARTING for ever.
            post(new WorkerEvent.LaunchFailed(run, "cannot open its output: " + e.getMessage()));
            return;
        }
        context.processes().launch(start, new RunWatcher(run));
        reason.ifPresent(why -> pool.publish(this, new PoolEvent.Restarted(info(), why, Optional.empty())));
    }

    private void check(int run, CheckType type) {
        Optional<HealthCheck> found = type == CheckType.READY ? spec.ready() : spec.live();
        int version = checkVersion;
        found.ifPresent(check -> context.probes()
                .check(
                        check.probe(),
                        ports(),
                        check.timeout(),
                        start,
                        failure -> context.loop().execute(() -> {
                            if (version == checkVersion) {
                                handle(new WorkerEvent.Checked(run, type, failure));
                            }
                        })));
    }

    private void startTimer(int run, WorkerTimer timer, Duration delay) {
        int version = checkVersion;
        context.loop().schedule(delay, () -> {
            if (version == checkVersion || !timer.dependsOnChecks()) {
                handle(new WorkerEvent.TimerExpired(run, timer));
            }
        });
    }

    /** The ports that its latest process was given. */
    WorkerPorts ports() {
        return launchedWith.listening().ports(number);
    }

    Balancer.Target target() {
        return new Balancer.Target(id(), ports().port().orElse(0));
    }

    private void enterBalancer(int run) {
        pool.balancer()
                .ifPresent(balancer -> balancer.enter(target())
                        .whenComplete((_, failure) -> post(new WorkerEvent.EnteredBalancer(
                                run, Optional.ofNullable(failure).map(WorkerRunner::message)))));
    }

    private void leaveBalancer(int run) {
        Duration drain = launchedWith.listening().drain();
        pool.balancer()
                .ifPresent(balancer -> balancer.leave(target(), drain).whenComplete((departure, failure) -> {
                    if (failure != null) {
                        log.warn("cannot take worker '{}' out of the balancer: {}", id(), message(failure));
                    }
                    context.loop().execute(() -> left(run, Optional.ofNullable(departure)));
                }));
    }

    private void left(int run, Optional<Balancer.Departure> departure) {
        departure.ifPresent(it -> pool.publish(this, new PoolEvent.Drained(info(), it.took(), it.cut())));
        handle(new WorkerEvent.LeftBalancer(run));
    }

    /** A completion stage may wrap the failure in a CompletionException. */
    private static String message(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage());
    }

    private void post(WorkerEvent event) {
        context.loop().execute(() -> handle(event));
    }

    private void stateChanged(WorkerState before) {
        if (worker.state() == WorkerState.READY) {
            process.ready();
        }
        WorkerInfo info = info();
        String problem = info.problem().map(text -> ": " + text).orElse("");
        switch (worker.state()) {
            case BACKING_OFF -> log.warn("worker '{}'{}", id(), problem);
            case FAILED -> log.error("worker '{}'{}", id(), problem);
            default -> log.info("worker '{}': {} -> {}{}", id(), before, worker.state(), problem);
        }
        pool.publish(this, new PoolEvent.Changed(info, before));
        if (worker.state() == WorkerState.FAILED) {
            pool.publish(this, new PoolEvent.GaveUp(info, info.problem().orElse("")));
        }
    }

    private WorkerInfo info() {
        return pool.describe(this);
    }

    /** Posts what happens to one process to the loop. */
    private final class RunWatcher implements Processes.Watcher {

        private final int run;

        RunWatcher(int run) {
            this.run = run;
        }

        @Override
        public void launched(Processes.Running launched) {
            context.loop().execute(() -> {
                process.launched(launched);
                handle(new WorkerEvent.Launched(run, launched.pid()));
            });
        }

        @Override
        public void failed(String why) {
            post(new WorkerEvent.LaunchFailed(run, why));
        }

        @Override
        public void exited(ExitStatus status) {
            context.loop().execute(() -> ended(status));
        }

        private void ended(ExitStatus status) {
            process.ended();
            pool.balancer().ifPresent(balancer -> balancer.remove(target()));
            Worker before = worker;
            boolean stopping = before.state() == WorkerState.STOPPING || before.state() == WorkerState.DRAINING;
            ReplacementReason reason = stopping ? before.stopping().reason() : ReplacementReason.CRASH;
            Duration took = stopping
                    ? Duration.between(before.stopping().began(), context.loop().instant())
                    : Duration.ZERO;
            pool.publish(
                    WorkerRunner.this,
                    new PoolEvent.Ended(
                            info(), status, reason, before.uptime(context.loop().instant()), took));
            handle(new WorkerEvent.Exited(run, status));
        }
    }
}
