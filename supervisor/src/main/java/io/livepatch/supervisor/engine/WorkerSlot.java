package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.WorkerAction.Check;
import io.livepatch.supervisor.WorkerAction.Kill;
import io.livepatch.supervisor.WorkerAction.Launch;
import io.livepatch.supervisor.WorkerAction.Terminate;
import io.livepatch.supervisor.WorkerAction.Wake;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker's place in a pool: does what {@link WorkerLife} decides. Confined to the loop, but for {@link #info()}. */
final class WorkerSlot {

    private static final Logger log = LoggerFactory.getLogger(WorkerSlot.class);

    private final PoolSpec spec;
    private final Processes.Start start;
    private final Path logFile;
    private final Machinery machinery;
    private final WorkerLife life;
    private final Consumer<WorkerSlot> changed;

    private Worker worker;
    private Processes.@Nullable Running process;
    private @Nullable Comeback comeback;
    private volatile WorkerInfo info;

    WorkerSlot(PoolSpec spec, Processes.Start start, Path logFile, Machinery machinery, Consumer<WorkerSlot> changed) {
        this.spec = spec;
        this.start = start;
        this.logFile = logFile;
        this.machinery = machinery;
        this.life = new WorkerLife(spec.stop(), spec.restart(), spec.ready(), machinery.random());
        this.changed = changed;
        this.worker = Worker.stopped(machinery.loop().instant());
        this.info = describe(worker);
    }

    /** Somebody waits until a run later than {@code run} is ready. */
    private record Comeback(int run, CompletableFuture<WorkerInfo> future) {}

    WorkerInfo info() {
        return info;
    }

    WorkerState state() {
        return worker.state();
    }

    void handle(WorkerEvent event) {
        Worker before = worker;
        WorkerLife.Step step = life.step(worker, event, machinery.loop().instant());
        worker = step.worker();
        info = describe(worker);
        step.actions().forEach(this::act);
        if (before.state() != worker.state()) {
            tell(before.state());
        }
    }

    /** Restarts, and completes {@code back} when the new process is READY, or when the worker is STOPPED instead. */
    void restart(CompletableFuture<WorkerInfo> back) {
        comeback = new Comeback(worker.state() == WorkerState.STARTING ? worker.run() - 1 : worker.run(), back);
        handle(new WorkerEvent.Restart());
        settleComeback();
    }

    void signal(String name) {
        if (process != null) {
            process.signal(name);
        }
    }

    private void act(WorkerAction action) {
        switch (action) {
            case Launch(int run) -> machinery.processes().launch(start, new RunWatcher(run));
            case Terminate() -> {
                if (process != null) {
                    process.terminate(spec.stop().signal());
                }
            }
            case Kill() -> {
                if (process != null) {
                    process.kill();
                }
            }
            case Check(int run) -> {
                ReadyCheck check = spec.ready().orElseThrow();
                machinery.checks().check(check, start, failure -> post(new WorkerEvent.Checked(run, failure)));
            }
            case Wake(int run, WorkerTimer timer, var in) ->
                machinery.loop().schedule(in, () -> handle(new WorkerEvent.TimeUp(run, timer)));
        }
    }

    private void post(WorkerEvent event) {
        machinery.loop().execute(() -> handle(event));
    }

    private void tell(WorkerState before) {
        switch (worker.state()) {
            case BACKING_OFF ->
                log.warn("worker '{}': {}", start.label(), info.problem().orElse("ended by itself"));
            case STOPPED -> log.info("worker '{}' is stopped{}", start.label(), problemSuffix());
            default -> log.info("worker '{}': {} -> {}{}", start.label(), before, worker.state(), problemSuffix());
        }
        settleComeback();
        changed.accept(this);
    }

    private String problemSuffix() {
        return info.problem().map(text -> ": " + text).orElse("");
    }

    private void settleComeback() {
        Comeback waiting = comeback;
        if (waiting == null) {
            return;
        }
        boolean back = worker.state() == WorkerState.READY && worker.run() > waiting.run();
        if (back || worker.state() == WorkerState.STOPPED) {
            waiting.future().complete(info);
            comeback = null;
        }
    }

    private WorkerInfo describe(Worker it) {
        int restarts = Math.max(0, it.run() - 1);
        return new WorkerInfo(
                start.label(), it.state(), it.pid(), it.since(), restarts, it.lastExit(), it.problem(), logFile);
    }

    /** Brings what the process layer says of one run to the loop. */
    private final class RunWatcher implements Processes.Watcher {

        private final int run;

        RunWatcher(int run) {
            this.run = run;
        }

        @Override
        public void launched(Processes.Running launched) {
            machinery.loop().execute(() -> {
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
            machinery.loop().execute(() -> {
                process = null;
                handle(new WorkerEvent.Exited(run, status));
            });
        }
    }
}
