package io.livepatch.supervisor;

import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A pool with given workers that records the calls of its methods. */
public final class FakePool implements Pool {

    /** The calls, such as {@code recycle web-1}. */
    public final List<String> asked = new CopyOnWriteArrayList<>();

    /** The result of a recycle. */
    public volatile CompletionStage<Void> recycled = CompletableFuture.completedFuture(null);

    private final List<WorkerInfo> workers = new CopyOnWriteArrayList<>();
    private volatile PoolSpec spec;
    private volatile boolean paused;

    public FakePool(PoolSpec spec, WorkerInfo... workers) {
        this.spec = spec;
        this.workers.addAll(List.of(workers));
    }

    /** A member in a state, with no process. */
    public static WorkerInfo worker(String pool, int number, WorkerState state) {
        return new WorkerInfo(
                pool + "-" + number,
                number,
                WorkerInfo.Role.MEMBER,
                state,
                Optional.empty(),
                Instant.parse("2026-01-01T00:00:10Z"),
                Instant.parse("2026-01-01T00:00:00Z"),
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                WorkerPorts.NONE,
                Optional.empty());
    }

    /** A worker with a process. */
    public static WorkerInfo withPid(WorkerInfo it, long pid) {
        return changed(it, it.role(), Optional.of(pid), it.problem(), it.due(), it.usage(), it.ports());
    }

    public static WorkerInfo withProblem(WorkerInfo it, String problem) {
        return changed(it, it.role(), it.pid(), Optional.of(problem), it.due(), it.usage(), it.ports());
    }

    public static WorkerInfo withDue(WorkerInfo it, ReplacementReason due) {
        return changed(it, it.role(), it.pid(), it.problem(), Optional.of(due), it.usage(), it.ports());
    }

    public static WorkerInfo withRole(WorkerInfo it, WorkerInfo.Role role) {
        return changed(it, role, it.pid(), it.problem(), it.due(), it.usage(), it.ports());
    }

    public static WorkerInfo withPort(WorkerInfo it, int port) {
        WorkerPorts ports = new WorkerPorts(Optional.of(port), Optional.empty());
        return changed(it, it.role(), it.pid(), it.problem(), it.due(), it.usage(), ports);
    }

    public static WorkerInfo withUsage(WorkerInfo it, long resident, Duration cpu, long requests) {
        ResourceUsage usage = new ResourceUsage(2, resident, cpu, 7, OptionalLong.of(requests));
        return changed(it, it.role(), it.pid(), it.problem(), it.due(), Optional.of(usage), it.ports());
    }

    private static WorkerInfo changed(
            WorkerInfo it,
            WorkerInfo.Role role,
            Optional<Long> pid,
            Optional<String> problem,
            Optional<ReplacementReason> due,
            Optional<ResourceUsage> usage,
            WorkerPorts ports) {
        return new WorkerInfo(
                it.id(),
                it.number(),
                role,
                it.state(),
                pid,
                it.since(),
                it.launchedAt(),
                it.starts(),
                it.lastExit(),
                problem,
                due,
                usage,
                ports,
                it.log());
    }

    /** The worker in another state. */
    public static WorkerInfo at(WorkerInfo it, WorkerState state, Instant launched, Instant since) {
        return new WorkerInfo(
                it.id(),
                it.number(),
                it.role(),
                state,
                it.pid(),
                since,
                launched,
                it.starts(),
                it.lastExit(),
                it.problem(),
                it.due(),
                it.usage(),
                it.ports(),
                it.log());
    }

    public void show(WorkerInfo... now) {
        workers.clear();
        workers.addAll(List.of(now));
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public PoolSpec spec() {
        return spec;
    }

    @Override
    public List<WorkerInfo> workers() {
        return new ArrayList<>(workers);
    }

    @Override
    public boolean ready() {
        return workers.stream().filter(it -> it.state() == WorkerState.READY).count() >= spec.replicas();
    }

    @Override
    public void signal(String signal) {
        Preconditions.signal(signal, "signal");
        asked.add("signal " + signal);
    }

    @Override
    public void reload(String signal) {
        Preconditions.signal(signal, "signal");
        asked.add("reload with " + signal);
    }

    @Override
    public void change(PoolSpec to) {
        spec = to;
        asked.add("change to x" + to.replicas());
    }

    @Override
    public CompletionStage<Void> recycle(String worker) {
        asked.add("recycle " + worker);
        return recycled;
    }

    @Override
    public CompletionStage<Void> recycleAll() {
        asked.add("recycle all");
        return recycled;
    }

    @Override
    public void restart(Duration within) {
        asked.add("restart within " + within);
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
    }

    @Override
    public boolean paused() {
        return paused;
    }

    @Override
    public void close() {
        asked.add("close");
    }
}
