package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Reason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A slot, what it is for, and who waits for it. Confined to the loop. */
final class Seat {

    private final WorkerSlot slot;
    private Role role = new Role.Empty();
    private Optional<Wish> wish = Optional.empty();
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

    Seat(WorkerSlot slot) {
        this.slot = slot;
    }

    WorkerSlot slot() {
        return slot;
    }

    Role role() {
        return role;
    }

    void become(Role next) {
        role = next;
    }

    Optional<Wish> wish() {
        return wish;
    }

    void wish(Optional<Wish> next) {
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
        Optional<Reason> due = wish.map(Wish::reason);
        return slot.info(shown, due);
    }
}
