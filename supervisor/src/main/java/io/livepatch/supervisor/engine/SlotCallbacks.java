package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import java.util.Optional;

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
