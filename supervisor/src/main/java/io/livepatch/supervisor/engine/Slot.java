package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.PoolView.ReplacementRequest;
import io.livepatch.supervisor.engine.PoolView.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A numbered place for a worker in a pool: its runner, its role, and the callers that wait for its replacement. Confined to the loop. */
final class Slot {

    private final WorkerRunner runner;
    private Role role = new Role.Empty();
    private Optional<ReplacementRequest> request = Optional.empty();
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

    Slot(WorkerRunner runner) {
        this.runner = runner;
    }

    WorkerRunner runner() {
        return runner;
    }

    Role role() {
        return role;
    }

    void role(Role next) {
        role = next;
    }

    Optional<ReplacementRequest> request() {
        return request;
    }

    void request(Optional<ReplacementRequest> next) {
        request = next;
    }

    boolean member() {
        return role instanceof Role.Member;
    }

    boolean empty() {
        return role instanceof Role.Empty;
    }

    void addWaiting(CompletableFuture<Void> future) {
        waiting.add(future);
    }

    /** Removes and returns the futures of all waiting callers. */
    List<CompletableFuture<Void>> takeWaiting() {
        List<CompletableFuture<Void>> taken = List.copyOf(waiting);
        waiting.clear();
        return taken;
    }

    PoolView.SlotView view() {
        boolean vacant =
                runner.state() == WorkerState.STOPPED && !runner.worker().hasProcess();
        return new PoolView.SlotView(runner.number(), role, runner.state(), vacant, runner.hangs(), request);
    }

    WorkerInfo info() {
        Worker worker = runner.worker();
        PoolSpec launchedWith = runner.launchedWith();
        return new WorkerInfo(
                runner.id(),
                runner.number(),
                switch (role) {
                    case Role.Member _, Role.Empty _ -> WorkerInfo.Role.MEMBER;
                    case Role.Replacement _ -> WorkerInfo.Role.REPLACEMENT;
                    case Role.Leaving _ -> WorkerInfo.Role.LEAVING;
                },
                worker.state(),
                worker.run().pid(),
                worker.since(),
                worker.run().launchedAt(),
                worker.run().number(),
                worker.lastExit(),
                worker.problem(),
                request.map(ReplacementRequest::reason),
                worker.run().usage(),
                runner.ports(),
                launchedWith.log().map(log -> log.fileOf(runner.number())));
    }
}
