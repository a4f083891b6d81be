package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.ConfigSyntax;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerRef;
import io.livepatch.haproxy.model.ServerState;
import io.livepatch.haproxy.render.HaproxyConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One step of a {@link ServerDiff}. Its {@link #commands} are sent in one line, so that a sender that dies leaves no step half
 * done.
 */
sealed interface RuntimeCommand {
    ServerRef server();

    /** In haproxy's language, in this order. */
    List<String> commands();

    /**
     * Adds a server with all that the file says of it.
     *
     * @param id of {@link Backend#serverIds}
     */
    record Add(Backend backend, Server wanted, Optional<Integer> id) implements RuntimeCommand {
        @Override
        public ServerRef server() {
            return ServerRef.of(backend, wanted);
        }

        @Override
        public List<String> commands() {
            List<String> commands = new ArrayList<>();
            commands.add("add server " + server() + " " + HaproxyConfig.addServerParameters(backend, wanted, id));
            boolean checked = backend.healthCheck().isPresent();
            // A server that is added at run time starts in maintenance.
            if (wanted.state() != ServerState.MAINTENANCE) {
                commands.addAll(new Activate(server(), wanted.state(), checked).commands());
            } else if (checked) {
                commands.add("enable health " + server());
            }
            return commands;
        }

        @Override
        public String toString() {
            return "add " + server() + " at " + ConfigSyntax.endpoint(wanted.address(), wanted.port()) + ", "
                    + describe(wanted.state());
        }
    }

    /**
     * Ends a server's maintenance, during which it was not checked. A checked server gets no request until its checks have passed.
     *
     * <p>haproxy takes a server that leaves maintenance for up. {@code health down} has an effect only outside of maintenance, so the
     * server drains while that command is given: no request can reach it in between.
     */
    record Activate(ServerRef server, ServerState state, boolean checked) implements RuntimeCommand {
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
            return "activate " + server + ", " + describe(state);
        }
    }

    /** Sets another state; results of health checks are kept. */
    record SetState(ServerRef server, ServerState state) implements RuntimeCommand {
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
            return "set " + server + " " + describe(state);
        }
    }

    /** Sets another weight. */
    record SetWeight(ServerRef server, int weight) implements RuntimeCommand {
        @Override
        public List<String> commands() {
            return List.of(set(server, "weight " + weight));
        }

        @Override
        public String toString() {
            return "set " + server + " weight " + weight;
        }
    }

    /** Deletes a server in maintenance; haproxy refuses this while there is a connection to it. */
    record Delete(ServerRef server) implements RuntimeCommand {
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

    private static String describe(ServerState state) {
        return switch (state) {
            case READY -> "ready";
            case DRAIN -> "draining";
            case MAINTENANCE -> "in maintenance";
        };
    }
}
