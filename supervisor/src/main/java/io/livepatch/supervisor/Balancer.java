package io.livepatch.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What stands in front of the workers of one pool in {@link Listening.Proxied proxy mode}. Calls return at once, come from one
 * thread, and answer on any. A stage that fails is tried again by the caller. Whoever implements it starts its own process
 * before the first worker enters, and ends it last of all, in {@link #close}.
 */
public interface Balancer extends AutoCloseable {

    /** A worker in the eyes of the balancer. */
    record Target(String id, int port) {}

    /**
     * How a worker left.
     *
     * @param cut requests that were still in flight when patience was at an end
     */
    record Departure(Duration took, int cut) {}

    /** A worker is ready: completes when the balancer sends it requests. Entering twice is harmless. */
    CompletionStage<Void> enter(Target worker);

    /**
     * It gets no new request from now on, and an {@link #enter} that is under way is called off: completes when none is in flight any more, or after {@code patience}. A worker that
     * never entered has left.
     */
    CompletionStage<Departure> leave(Target worker, Duration patience);

    /** Its process is gone, whether it left or not; an {@link #enter} that is under way is called off. */
    void remove(Target worker);

    /** Requests that each worker of these has been given since it entered, in their order; for limits and for fairness. */
    CompletionStage<List<Long>> requests(List<Target> workers);

    /** Ends it, once no worker is left. */
    @Override
    void close();

    /** Makes balancers; found with {@link java.util.ServiceLoader}, so that the supervisor itself depends on none. */
    interface Provider {

        /** What it is called in messages, such as {@code haproxy}. */
        String name();

        /**
         * Checks that {@code pool} can be served and answers a balancer that is not running yet or is, as it likes.
         *
         * @param directory where it may keep its files, of this pool alone
         * @throws SupervisorException.InvalidSpec when it cannot do what the pool's {@link Listening.Proxied} asks
         * @throws SupervisorException.Unsupported when its program is not there
         */
        Balancer open(PoolSpec pool, Listening.Proxied mode, Path directory);
    }
}
