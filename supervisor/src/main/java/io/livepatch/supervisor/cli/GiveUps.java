package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolListener;
import io.livepatch.supervisor.WorkerState;

/** Ends the supervisor when too much was given up, so that whoever runs it hears of it. */
final class GiveUps implements PoolListener {

    private final Desk desk;
    private final Ending ending;

    GiveUps(Desk desk, Ending ending) {
        this.desk = desk;
        this.ending = ending;
    }

    @Override
    public void heard(String pool, PoolEvent event) {
        if (!(event instanceof PoolEvent.GaveUp gaveUp)) {
            return;
        }
        String worker = gaveUp.worker().id();
        switch (desk.config().exitOnGiveUp()) {
            case NEVER -> {}
            case ANY -> ending.begin("worker '%s' was given up, and exit_on_give_up is any".formatted(worker));
            case ALL -> {
                if (desk.pools().stream().filter(it -> it.name().equals(pool)).anyMatch(GiveUps::nobodyLeft)) {
                    ending.begin("every worker of pool '%s' was given up, and exit_on_give_up is all".formatted(pool));
                }
            }
        }
    }

    private static boolean nobodyLeft(Pool pool) {
        return pool.workers().stream().allMatch(worker -> worker.state() == WorkerState.FAILED);
    }
}
