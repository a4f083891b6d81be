package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.ConfigSyntax;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The difference between a running worker's servers and the desired ones. Pure. */
sealed interface ServerDiff {
    /**
     * Commands that give the worker the desired servers, in this order; empty if it has them already. Additions come first, so the
     * backend never has fewer servers than before or after.
     */
    record Commands(List<RuntimeCommand> commands) implements ServerDiff {
        public Commands {
            commands = commands.stream()
                    .sorted(Comparator.comparingInt(ServerDiff::phase))
                    .toList();
        }
    }

    /** A change that no command can make; haproxy has to be reloaded. */
    record NeedsReload(String reason) implements ServerDiff {}

    /** Compares with a worker whose configuration differs from the desired one in nothing but servers. */
    static ServerDiff between(List<RunningServer> running, LoadBalancer desired) {
        List<RuntimeCommand> commands = new ArrayList<>();
        for (Backend backend : desired.backends()) {
            Map<String, RunningServer> current = running.stream()
                    .filter(server -> server.ref().backend().equals(backend.name()))
                    .collect(Collectors.toMap(
                            server -> server.ref().server(), server -> server, (a, _) -> a, LinkedHashMap::new));
            Optional<String> reason = reloadReason(current, backend);
            if (reason.isPresent()) {
                return new NeedsReload(reason.get());
            }
            Map<Server, Integer> ids = backend.serverIds();
            for (Server server : backend.servers()) {
                RunningServer before = current.remove(server.haproxyName());
                commands.addAll(
                        before == null
                                ? List.of(new RuntimeCommand.Add(backend, server, Optional.ofNullable(ids.get(server))))
                                : change(before, server, backend.healthCheck().isPresent()));
            }
            current.values().forEach(removed -> commands.addAll(remove(removed)));
        }
        return new Commands(commands);
    }

    private static List<RuntimeCommand> change(RunningServer before, Server desired, boolean checked) {
        List<RuntimeCommand> commands = new ArrayList<>();
        if (desired.state() == Server.State.READY && before.weight() != desired.weight()) {
            commands.add(new RuntimeCommand.SetWeight(before.ref(), desired.weight()));
        }
        if (needsActivation(before, desired, checked)) {
            commands.add(new RuntimeCommand.Activate(before.ref(), desired.state(), checked));
        } else if (before.state() != desired.state()) {
            commands.add(new RuntimeCommand.SetState(before.ref(), desired.state()));
        }
        return commands;
    }

    /**
     * Whether the server has to pass its health checks before it may get requests: it leaves maintenance, or it drains without a
     * check result because an earlier activation was interrupted after its first command.
     */
    private static boolean needsActivation(RunningServer before, Server desired, boolean checked) {
        boolean interrupted = checked && !before.tested() && before.state() == Server.State.DRAIN;
        return before.state() != desired.state()
                && desired.state() != Server.State.MAINTENANCE
                && (before.state() == Server.State.MAINTENANCE || interrupted);
    }

    private static List<RuntimeCommand> remove(RunningServer removed) {
        return removed.state() == Server.State.MAINTENANCE
                ? List.of(new RuntimeCommand.Delete(removed.ref()))
                : List.of(
                        new RuntimeCommand.SetState(removed.ref(), Server.State.MAINTENANCE),
                        new RuntimeCommand.Delete(removed.ref()));
    }

    private static int phase(RuntimeCommand command) {
        return switch (command) {
            case RuntimeCommand.Add _, RuntimeCommand.Activate _, RuntimeCommand.SetWeight _ -> 0;
            case RuntimeCommand.SetState(Server.Ref _, Server.State state) -> state == Server.State.READY ? 0 : 1;
            case RuntimeCommand.Delete _ -> 2;
        };
    }

    /**
     * All reasons in one text; empty if commands can make the change.
     *
     * @param current the servers that the worker has, by name
     */
    private static Optional<String> reloadReason(Map<String, RunningServer> current, Backend desired) {
        Map<Server, Integer> ids = desired.serverIds();
        List<String> all = new ArrayList<>();
        for (Server server : desired.servers()) {
            RunningServer before = current.get(server.haproxyName());
            if (before != null) {
                all.addAll(differences(before, server, Optional.ofNullable(ids.get(server))));
            }
        }
        if (leavesNoCheckedServer(current, desired)) {
            all.add("all servers of '" + desired.name()
                    + "' that are up are removed, and no other one has passed its checks yet");
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
    }

    /** The differences that no {@link RuntimeCommand} can make. */
    private static List<String> differences(RunningServer before, Server desired, Optional<Integer> id) {
        List<String> differences = new ArrayList<>();
        if (before.port() != desired.port() || !sameAddress(before.address(), desired.address())) {
            differences.add(
                    "'" + before.ref() + "' moves from " + ConfigSyntax.endpoint(before.address(), before.port())
                            + " to " + ConfigSyntax.endpoint(desired.address(), desired.port()));
        }
        if (before.maxConnections() != desired.maxConnections()) {
            differences.add("'" + before.ref() + "' takes " + desired.maxConnections() + " connections at most, not "
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
        Map<String, Server> desired = backend.servers().stream()
                .filter(server -> server.state() == Server.State.READY)
                .collect(Collectors.toMap(Server::haproxyName, server -> server));
        List<String> up = current.values().stream()
                .filter(server -> server.up() && server.state() == Server.State.READY)
                .map(server -> server.ref().server())
                .toList();
        return backend.healthCheck().isPresent()
                && !desired.isEmpty()
                && !up.isEmpty()
                && up.stream().noneMatch(desired::containsKey);
    }
}
