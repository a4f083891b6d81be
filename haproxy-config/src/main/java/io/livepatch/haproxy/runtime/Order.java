package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Grammar;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerRef;
import io.livepatch.haproxy.model.ServerState;
import io.livepatch.haproxy.render.HaproxyConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One step of a {@link Change}, and the commands that do it. They are sent as one line: so no step is left half done when the
 * sender dies between two of them.
 */
sealed interface Order {
    ServerRef server();

    List<String> commands();

    /**
     * A server that the worker does not have yet, exactly as the file would give it.
     *
     * @param id for a backend that hashes
     */
    record Add(Backend backend, Server wanted, Optional<Integer> id) implements Order {
        @Override
        public ServerRef server() {
            return ServerRef.of(backend, wanted);
        }

        @Override
        public List<String> commands() {
            List<String> commands = new ArrayList<>();
            commands.add("add server " + server() + " " + HaproxyConfig.addServerParameters(backend, wanted, id));
            boolean checked = backend.healthCheck().isPresent();
            // haproxy adds it in maintenance.
            if (wanted.state() != ServerState.MAINTENANCE) {
                commands.addAll(new Enter(server(), wanted.state(), checked).commands());
            } else if (checked) {
                commands.add("enable health " + server());
            }
            return commands;
        }

        @Override
        public String toString() {
            return "add " + server() + " at " + Grammar.endpoint(wanted.address(), wanted.port()) + ", "
                    + words(wanted.state());
        }
    }

    /**
     * Out of maintenance, where nobody looked after it.
     *
     * <p>haproxy would take it for up at once. It counts as down only if that is said while it is out of maintenance, and that
     * is said while it drains, so that no request slips in before.
     */
    record Enter(ServerRef server, ServerState state, boolean checked) implements Order {
        @Override
        public List<String> commands() {
            List<String> commands = new ArrayList<>();
            if (checked) {
                commands.add("enable health " + server);
                commands.add(set(server, "state drain"));
                commands.add(set(server, "health down"));
            }
            if (state == ServerState.READY || !checked) {
                commands.add(set(server, "state " + (state == ServerState.READY ? "ready" : "drain")));
            }
            return commands;
        }

        @Override
        public String toString() {
            return "enter " + server + ", " + words(state);
        }
    }

    /** Another state, without forgetting what the checks have found. */
    record Set(ServerRef server, ServerState state) implements Order {
        @Override
        public List<String> commands() {
            return List.of(
                    switch (state) {
                        case READY -> set(server, "state ready");
                        case DRAIN -> set(server, "state drain");
                        case MAINTENANCE -> set(server, "state maint");
                    });
        }

        @Override
        public String toString() {
            return "set " + server + " " + words(state);
        }
    }

    /** Another share. */
    record Weigh(ServerRef server, int weight) implements Order {
        @Override
        public List<String> commands() {
            return List.of(set(server, "weight " + weight));
        }

        @Override
        public String toString() {
            return "weigh " + server + " " + weight;
        }
    }

    /** Away with it, once nothing is in flight; haproxy refuses this as long as there is a connection to it. */
    record Delete(ServerRef server) implements Order {
        @Override
        public List<String> commands() {
            return List.of("del server " + server);
        }

        @Override
        public String toString() {
            return "delete " + server;
        }
    }

    private static String set(ServerRef server, String what) {
        return "set server " + server + " " + what;
    }

    private static String words(ServerState state) {
        return switch (state) {
            case READY -> "ready";
            case DRAIN -> "draining";
            case MAINTENANCE -> "in maintenance";
        };
    }
}
