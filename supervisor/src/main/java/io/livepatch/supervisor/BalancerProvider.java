package io.livepatch.supervisor;

import java.nio.file.Path;

/** Makes balancers; found with {@link java.util.ServiceLoader}, so that the supervisor itself depends on none. */
public interface BalancerProvider {

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
