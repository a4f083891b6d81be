package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a worker's slot has to do with the balancer, in pools that have one; answers come on any thread. */
final class BalancerLink {

    private static final Logger log = LoggerFactory.getLogger(BalancerLink.class);

    private final Optional<Balancer> balancer;

    BalancerLink(Optional<Balancer> balancer) {
        this.balancer = balancer;
    }

    /** Answers why it could not be taken in, or nothing. */
    void enter(Balancer.Target worker, Consumer<Optional<String>> answer) {
        balancer.ifPresent(it -> it.enter(worker)
                .whenComplete((_, failure) ->
                        answer.accept(Optional.ofNullable(failure).map(BalancerLink::reason))));
    }

    /** Answers how it left; empty when that could not be arranged, so that it ends as it is. */
    void leave(Balancer.Target worker, Listening mode, Consumer<Optional<Balancer.Departure>> answer) {
        Duration drain = mode instanceof Listening.Proxied proxied ? proxied.drain() : Duration.ZERO;
        balancer.ifPresent(it -> it.leave(worker, drain).whenComplete((departure, failure) -> {
            if (failure != null) {
                log.warn("worker '{}' could not be taken out of the balancer: {}", worker.id(), reason(failure));
            }
            answer.accept(Optional.ofNullable(departure));
        }));
    }

    void remove(Balancer.Target worker) {
        balancer.ifPresent(it -> it.remove(worker));
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage());
    }
}
