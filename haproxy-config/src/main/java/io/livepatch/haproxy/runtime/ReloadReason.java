package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.ConfigSyntax;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerState;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Why the change of a backend's servers needs a reload. Pure. */
final class ReloadReason {
    private ReloadReason() {}

    /**
     * All reasons in one text; empty if commands can make the change.
     *
     * @param current the servers that the worker has, by name
     */
    static Optional<String> of(Map<String, RunningServer> current, Backend wanted) {
        Map<Server, Integer> ids = wanted.serverIds();
        List<String> all = new ArrayList<>();
        for (Server server : wanted.servers()) {
            RunningServer before = current.get(server.haproxyName());
            if (before != null) {
                all.addAll(differences(before, server, Optional.ofNullable(ids.get(server))));
            }
        }
        if (leavesNoCheckedServer(current, wanted)) {
            all.add("all servers of '" + wanted.name()
                    + "' that are up are removed, and no other one has passed its checks yet");
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
    }

    /** The differences that no {@link RuntimeCommand} can make. */
    private static List<String> differences(RunningServer before, Server wanted, Optional<Integer> id) {
        List<String> differences = new ArrayList<>();
        if (before.port() != wanted.port() || !sameAddress(before.address(), wanted.address())) {
            differences.add(
                    "'" + before.ref() + "' moves from " + ConfigSyntax.endpoint(before.address(), before.port())
                            + " to " + ConfigSyntax.endpoint(wanted.address(), wanted.port()));
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
                || (ConfigSyntax.isAddress(ours) && InetAddress.ofLiteral(ours).equals(InetAddress.ofLiteral(theirs)));
    }

    /**
     * Whether the backend would have no server until the checks of new ones have passed. A reload avoids this gap, because a new
     * worker takes servers for up until their first check.
     */
    private static boolean leavesNoCheckedServer(Map<String, RunningServer> current, Backend backend) {
        Map<String, Server> wanted = backend.servers().stream()
                .filter(server -> server.state() == ServerState.READY)
                .collect(Collectors.toMap(Server::haproxyName, server -> server));
        List<String> up = current.values().stream()
                .filter(server -> server.up() && server.state() == ServerState.READY)
                .map(server -> server.ref().server())
                .toList();
        return backend.healthCheck().isPresent()
                && !wanted.isEmpty()
                && !up.isEmpty()
                && up.stream().noneMatch(wanted::containsKey);
    }
}
