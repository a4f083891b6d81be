package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.WorkerState;

/** Ends the supervisor, as {@code exit_on_give_up} says, when workers are given up. */
final class GiveUpPolicy implements PoolEvent.Listener {

    private final PoolRegistry registry;
    private final ShutdownRequest signal;

    GiveUpPolicy(PoolRegistry registry, ShutdownRequest signal) {
        this.registry = registry;
        this.signal = signal;
    }

    @Override
    public void onEvent(String pool, PoolEvent event) {
        if (!(event instanceof PoolEvent.GaveUp gaveUp)) {
            return;
        }
        String worker = gaveUp.worker().id();
        switch (registry.config().exitOnGiveUp()) {
            case NEVER -> {}
            case ANY -> signal.begin("worker '%s' was given up, and exit_on_give_up is any".formatted(worker));
            case ALL -> {
                if (registry.pools().stream()
                        .filter(it -> it.name().equals(pool))
                        .anyMatch(GiveUpPolicy::allFailed)) {
                    signal.begin("every worker of pool '%s' was given up, and exit_on_give_up is all".formatted(pool));
                }
            }
        }
    }

    private static boolean allFailed(Pool pool) {
        return pool.workers().stream().allMatch(worker -> worker.state() == WorkerState.FAILED);
    }
}
