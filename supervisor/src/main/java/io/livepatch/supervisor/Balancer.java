package io.livepatch.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The load balancer in front of the workers of one pool in {@link Listening.Proxied proxy mode}. Calls come from one thread and
 * must not block; stages complete on any thread, and the caller retries a stage that fails. An implementation starts its process
 * before the first worker enters and ends it in {@link #close}.
 */
public interface Balancer extends AutoCloseable {

    record Target(String id, int port) {}

    /** The result of {@link #leave}; {@code cut} requests were still in flight after {@code timeout}. */
    record Departure(Duration took, int cut) {}

    /** Adds a ready worker; completes when the balancer sends it requests. Idempotent. */
    CompletionStage<Void> enter(Target worker);

    /**
     * Drains a worker: sends it no new requests and cancels an {@link #enter} in progress. Completes when no request is in flight,
     * or after {@code timeout}; at once for a worker that never entered.
     */
    CompletionStage<Departure> leave(Target worker, Duration timeout);

    /** Removes a worker whose process has ended, and cancels an {@link #enter} in progress. */
    void remove(Target worker);

    /** The number of requests that each worker was sent since it entered, in the order of {@code workers}. */
    CompletionStage<List<Long>> requests(List<Target> workers);

    /** Called when no worker is left. */
    @Override
    void close();

    /** Makes balancers; loaded with {@link java.util.ServiceLoader}, so that the supervisor depends on no implementation. */
    interface Provider {

        /** The name for messages, such as {@code haproxy}. */
        String name();

        /**
         * Makes the balancer of {@code pool}, which may run already.
         *
         * @param directory for files of this pool's balancer alone
         * @throws SupervisorException.InvalidSpec if it does not support the pool's {@link Listening.Proxied}
         * @throws SupervisorException.Unsupported if its program is not installed
         */
        Balancer open(PoolSpec pool, Listening.Proxied mode, Path directory);
    }
}
