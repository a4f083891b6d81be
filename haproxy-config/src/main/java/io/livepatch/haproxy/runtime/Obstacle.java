package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Grammar;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerState;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Why a backend's servers cannot be changed in the worker that serves. Pure. */
final class Obstacle {
    private Obstacle() {}

    /**
     * What stands in the way, if anything does.
     *
     * @param has the servers it has, by name
     */
    static Optional<String> of(Map<String, RunningServer> has, Backend wanted) {
        Map<Server, Integer> ids = wanted.serverIds();
        List<String> all = new ArrayList<>();
        for (Server server : wanted.servers()) {
            RunningServer before = has.get(server.haproxyName());
            if (before != null) {
                all.addAll(differences(before, server, Optional.ofNullable(ids.get(server))));
            }
        }
        if (silent(has, wanted)) {
            all.add("all servers of '" + wanted.name() + "' that serve leave it, and the others are not tested");
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
    }

    /** What differs though no {@link Order} changes it. */
    private static List<String> differences(RunningServer before, Server wanted, Optional<Integer> id) {
        List<String> differences = new ArrayList<>();
        if (before.port() != wanted.port() || !sameAddress(before.address(), wanted.address())) {
            differences.add("'" + before.ref() + "' moves from " + Grammar.endpoint(before.address(), before.port())
                    + " to " + Grammar.endpoint(wanted.address(), wanted.port()));
        }
        if (before.maxConnections() != wanted.maxConnections()) {
            differences.add("'" + before.ref() + "' takes " + wanted.maxConnections() + " connections at most, not "
                    + before.maxConnections());
        }
        if (id.filter(number -> number != before.id()).isPresent()) {
            differences.add("'" + before.ref() + "' is number " + before.id() + ", not " + id.get());
        }
        return differences;
    }

    private static boolean sameAddress(String ours, String theirs) {
        return ours.equals(theirs)
                || (Grammar.isAddress(ours) && InetAddress.ofLiteral(ours).equals(InetAddress.ofLiteral(theirs)));
    }

    /** Newcomers are tested before they get a request; a new worker takes them for up until their first test. */
    private static boolean silent(Map<String, RunningServer> has, Backend backend) {
        Map<String, Server> wanted = backend.servers().stream()
                .filter(server -> server.state() == ServerState.READY)
                .collect(Collectors.toMap(Server::haproxyName, server -> server));
        List<String> serving = has.values().stream()
                .filter(server -> server.up() && server.state() == ServerState.READY)
                .map(server -> server.ref().server())
                .toList();
        return backend.healthCheck().isPresent()
                && !wanted.isEmpty()
                && !serving.isEmpty()
                && serving.stream().noneMatch(wanted::containsKey);
    }
}
