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

/** The difference between a running worker's servers and the wanted ones. Pure. */
sealed interface ServerDiff {
    /**
     * These commands, in this order, make the worker's servers the wanted ones; none if they are already. New servers come first,
     * so that a backend never has fewer than before or after.
     */
    record Commands(List<RuntimeCommand> commands) implements ServerDiff {
        public Commands {
            commands = commands.stream()
                    .sorted(Comparator.comparingInt(ServerDiff::phase))
                    .toList();
        }
    }

    /** No command makes this change; it takes a reload. */
    record NeedsReload(String reason) implements ServerDiff {}

    /** Compares with a worker whose configuration differs from the wanted one in nothing but servers. */
    static ServerDiff between(List<RunningServer> running, LoadBalancer wanted) {
        List<RuntimeCommand> commands = new ArrayList<>();
        for (Backend backend : wanted.backends()) {
            Map<String, RunningServer> current = running.stream()
                    .filter(server -> server.ref().backend().equals(backend.name()))
                    .collect(Collectors.toMap(
                            server -> server.ref().server(), server -> server, (a, _) -> a, LinkedHashMap::new));
            Optional<String> reason = ReloadReason.of(current, backend);
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
            current.values().forEach(gone -> commands.addAll(remove(gone)));
        }
        return new Commands(commands);
    }

    private static List<RuntimeCommand> change(RunningServer before, Server wanted, boolean checked) {
        List<RuntimeCommand> commands = new ArrayList<>();
        if (wanted.state() == ServerState.READY && before.weight() != wanted.weight()) {
            commands.add(new RuntimeCommand.SetWeight(before.ref(), wanted.weight()));
        }
        if (needsActivation(before, wanted, checked)) {
            commands.add(new RuntimeCommand.Activate(before.ref(), wanted.state(), checked));
        } else if (before.state() != wanted.state()) {
            commands.add(new RuntimeCommand.SetState(before.ref(), wanted.state()));
        }
        return commands;
    }

    /**
     * Whether the server has to pass its health checks before it may get requests. So it is for one that leaves maintenance, and
     * for one that drains and has no check result yet: there an earlier activation was interrupted after its first command.
     */
    private static boolean needsActivation(RunningServer before, Server wanted, boolean checked) {
        boolean interrupted = checked && !before.tested() && before.state() == ServerState.DRAIN;
        return before.state() != wanted.state()
                && wanted.state() != ServerState.MAINTENANCE
                && (before.state() == ServerState.MAINTENANCE || interrupted);
    }

    private static List<RuntimeCommand> remove(RunningServer gone) {
        return gone.state() == ServerState.MAINTENANCE
                ? List.of(new RuntimeCommand.Delete(gone.ref()))
                : List.of(
                        new RuntimeCommand.SetState(gone.ref(), ServerState.MAINTENANCE),
                        new RuntimeCommand.Delete(gone.ref()));
    }

    private static int phase(RuntimeCommand command) {
        return switch (command) {
            case RuntimeCommand.Add _, RuntimeCommand.Activate _, RuntimeCommand.SetWeight _ -> 0;
            case RuntimeCommand.SetState(ServerRef _, ServerState state) -> state == ServerState.READY ? 0 : 1;
            case RuntimeCommand.Delete _ -> 2;
        };
    }
}
