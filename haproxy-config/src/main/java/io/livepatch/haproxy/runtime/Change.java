package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerRef;
import io.livepatch.haproxy.model.ServerState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What brings a running worker to the wanted servers. Pure. */
sealed interface Change {
    /** These, in this order: whoever comes is there before anybody goes. None if it has them already. */
    record Orders(List<Order> orders) implements Change {
        public Orders {
            orders = orders.stream()
                    .sorted(Comparator.comparingInt(Change::turn))
                    .toList();
        }
    }

    /** It takes a new worker. */
    record NeedsReload(String why) implements Change {}

    /** From the servers of a worker whose configuration is the wanted one but for them. */
    static Change between(List<RunningServer> running, LoadBalancer wanted) {
        List<Order> orders = new ArrayList<>();
        for (Backend backend : wanted.backends()) {
            Map<String, RunningServer> has = running.stream()
                    .filter(server -> server.ref().backend().equals(backend.name()))
                    .collect(Collectors.toMap(
                            server -> server.ref().server(), server -> server, (a, _) -> a, LinkedHashMap::new));
            Optional<String> obstacle = Obstacle.of(has, backend);
            if (obstacle.isPresent()) {
                return new NeedsReload(obstacle.get());
            }
            Map<Server, Integer> ids = backend.serverIds();
            for (Server server : backend.servers()) {
                RunningServer before = has.remove(server.haproxyName());
                orders.addAll(
                        before == null
                                ? List.of(new Order.Add(backend, server, Optional.ofNullable(ids.get(server))))
                                : adjust(before, server, backend.healthCheck().isPresent()));
            }
            has.values().forEach(gone -> orders.addAll(remove(gone)));
        }
        return new Orders(orders);
    }

    private static List<Order> adjust(RunningServer before, Server wanted, boolean checked) {
        List<Order> orders = new ArrayList<>();
        if (wanted.state() == ServerState.READY && before.weight() != wanted.weight()) {
            orders.add(new Order.Weigh(before.ref(), wanted.weight()));
        }
        if (enters(before, wanted, checked)) {
            orders.add(new Order.Enter(before.ref(), wanted.state(), checked));
        } else if (before.state() != wanted.state()) {
            orders.add(new Order.Set(before.ref(), wanted.state()));
        }
        return orders;
    }

    /** A server that drains and was not tested yet comes from maintenance, too: somebody stopped half way. */
    private static boolean enters(RunningServer before, Server wanted, boolean checked) {
        boolean untested = checked && !before.tested() && before.state() == ServerState.DRAIN;
        return before.state() != wanted.state()
                && wanted.state() != ServerState.MAINTENANCE
                && (before.state() == ServerState.MAINTENANCE || untested);
    }

    private static List<Order> remove(RunningServer gone) {
        return gone.state() == ServerState.MAINTENANCE
                ? List.of(new Order.Delete(gone.ref()))
                : List.of(new Order.Set(gone.ref(), ServerState.MAINTENANCE), new Order.Delete(gone.ref()));
    }

    private static int turn(Order order) {
        return switch (order) {
            case Order.Add _, Order.Enter _, Order.Weigh _ -> 0;
            case Order.Set(ServerRef _, ServerState state) -> state == ServerState.READY ? 0 : 1;
            case Order.Delete _ -> 2;
        };
    }
}
