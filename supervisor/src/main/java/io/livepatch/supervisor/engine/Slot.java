package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.PoolView.ReplacementRequest;
import io.livepatch.supervisor.engine.PoolView.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A slot, what it is for, and who waits for it. Confined to the loop. */
final class Slot {

    private final WorkerRunner slot;
    private Role role = new Role.Empty();
    private Optional<ReplacementRequest> wish = Optional.empty();
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

    Slot(WorkerRunner slot) {
        this.slot = slot;
    }

    WorkerRunner slot() {
        return slot;
    }

    Role role() {
        return role;
    }

    void become(Role next) {
        role = next;
    }

    Optional<ReplacementRequest> wish() {
        return wish;
    }

    void wish(Optional<ReplacementRequest> next) {
        wish = next;
    }

    boolean member() {
        return role instanceof Role.Member;
    }

    boolean empty() {
        return role instanceof Role.Empty;
    }

    /** Whether nothing is left of what ran here. */
    boolean vacant() {
        return slot.state() == WorkerState.STOPPED && !slot.worker().hasProcess();
    }

    void await(CompletableFuture<Void> future) {
        waiting.add(future);
    }

    /** Those who wait for a new process here; they are somebody else's from now on. */
    List<CompletableFuture<Void>> takeWaiting() {
        List<CompletableFuture<Void>> taken = List.copyOf(waiting);
        waiting.clear();
        return taken;
    }

    PoolView.Seat view() {
        return new PoolView.Seat(slot.number(), role, slot.state(), vacant(), slot.hangs(), wish);
    }

    WorkerInfo info() {
        WorkerInfo.Role shown = switch (role) {
            case Role.Member _, Role.Empty _ -> WorkerInfo.Role.MEMBER;
            case Role.Replacement _ -> WorkerInfo.Role.REPLACEMENT;
            case Role.Leaving _ -> WorkerInfo.Role.LEAVING;
        };
        Optional<ReplacementReason> due = wish.map(ReplacementRequest::reason);
        return slot.info(shown, due);
    }
}
