package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.InvalidModelException;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.ServerRef;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the worker that serves the wanted servers without a reload, where that is possible, and takes it all back.
 *
 * <p>What the worker has is asked each time, not remembered: so a change that was cut short, whoever was killed, is seen and
 * completed by the next one.
 */
final class Adjustment {
    private static final Logger LOG = LoggerFactory.getLogger(Adjustment.class);

    /** For servers that leave to end what they have. After that a new worker is better: its predecessor ends it in peace. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final RuntimeSocket worker;
    private final LoadBalancer wanted;
    private final List<RunningServer> before;
    private final Change change;

    private Adjustment(RuntimeSocket worker, LoadBalancer wanted, List<RunningServer> before, Change change) {
        this.worker = worker;
        this.wanted = wanted;
        this.before = before;
        this.change = change;
    }

    static Adjustment of(Master master, LoadBalancer wanted, String text) {
        RuntimeSocket worker = master.worker();
        if (!master.hasFrame(text)) {
            return new Adjustment(worker, wanted, List.of(), new Change.NeedsReload("more than servers changes"));
        }
        try {
            List<RunningServer> before = servers(worker);
            return new Adjustment(worker, wanted, before, Change.between(before, wanted));
        } catch (InvalidModelException | HaproxyException.CommandRefused e) {
            String why = "its servers are not ours to change: " + e.getMessage();
            return new Adjustment(worker, wanted, List.of(), new Change.NeedsReload(why));
        }
    }

    /** Whether the worker has all it should. */
    boolean isNothing() {
        return change instanceof Change.Orders(List<Order> orders) && orders.isEmpty();
    }

    /** Does it; or answers empty, if that takes a reload after all. */
    Optional<Applied> run() {
        return switch (change) {
            case Change.NeedsReload(String why) -> {
                LOG.info("the worker cannot be adjusted: {}", why);
                yield Optional.empty();
            }
            case Change.Orders(List<Order> orders) -> run(orders);
        };
    }

    private Optional<Applied> run(List<Order> orders) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (Order order : orders) {
                if (!done(order, deadline)) {
                    LOG.info("the worker cannot be adjusted: '{}' still has connections", order.server());
                    return Optional.empty();
                }
            }
            return Optional.of(
                    new Applied.Adjusted(orders.stream().map(Order::toString).toList()));
        } catch (HaproxyException.CommandRefused e) {
            LOG.warn("the worker cannot be adjusted: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private boolean done(Order order, long deadline) {
        if (order instanceof Order.Delete(ServerRef server)) {
            return worker.delete(server, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        }
        worker.order(order);
        return true;
    }

    /** Brings the same worker back to the servers it had; answers what could not be brought back. */
    List<String> undo() {
        if (change instanceof Change.NeedsReload) {
            return List.of();
        }
        try {
            Change back = Change.between(servers(worker), asBefore());
            return switch (back) {
                case Change.NeedsReload(String why) -> List.of("its servers are not as they were: " + why);
                case Change.Orders(List<Order> orders) ->
                    run(orders).isPresent()
                            ? List.of()
                            : List.of("its servers are not as they were, not all of these was done: " + orders);
            };
        } catch (HaproxyException | InvalidModelException e) {
            return List.of("its servers are not as they were: " + e.getMessage());
        }
    }

    private LoadBalancer asBefore() {
        return wanted.withBackends(wanted.backends().stream()
                .map(backend -> backend.withServers(before.stream()
                        .filter(server -> server.ref().backend().equals(backend.name()) && server.isOurs())
                        .map(RunningServer::asServer)
                        .toList()))
                .toList());
    }

    private static List<RunningServer> servers(RuntimeSocket worker) {
        return RunningServer.read(worker.send("show stat"), worker.send("show servers state"));
    }
}
