package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.ConfigSyntax;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.render.HaproxyConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One step of a {@link ServerDiff}. Its {@link #commands} are sent in one line, so a client that is killed leaves no step half
 * executed.
 */
sealed interface RuntimeCommand {
    Server.Ref ref();

    /** The commands as haproxy reads them, in this order. */
    List<String> commands();

    /**
     * Adds a server with the parameters that the configuration file would give it.
     *
     * @param id of {@link Backend#serverIds}
     */
    record Add(Backend backend, Server server, Optional<Integer> id) implements RuntimeCommand {
        @Override
        public Server.Ref ref() {
            return Server.Ref.of(backend, server);
        }

        @Override
        public List<String> commands() {
            List<String> commands = new ArrayList<>();
            commands.add("add server " + ref() + " " + HaproxyConfig.addServerParameters(backend, server, id));
            boolean checked = backend.healthCheck().isPresent();
            // A server that is added at run time starts in maintenance.
            if (server.state() != Server.State.MAINTENANCE) {
                commands.addAll(new Activate(ref(), server.state(), checked).commands());
            } else if (checked) {
                commands.add("enable health " + ref());
            }
            return commands;
        }

        @Override
        public String toString() {
            return "add " + ref() + " at " + ConfigSyntax.endpoint(server.address(), server.port()) + ", "
                    + describe(server.state());
        }
    }

    /**
     * Ends a server's maintenance, during which it was not checked. A checked server gets no request until its checks have passed.
     *
     * <p>haproxy takes a server that leaves maintenance for up. {@code health down} has an effect only outside of maintenance, so
     * the server drains while that command is given: no request can reach it in between.
     */
    record Activate(Server.Ref ref, Server.State state, boolean checked) implements RuntimeCommand {
        @Override
        public List<String> commands() {
            List<String> commands = new ArrayList<>();
            if (checked) {
                commands.add("enable health " + ref);
                commands.add(set(ref, "state drain"));
                commands.add(set(ref, "health down"));
            }
            if (state == Server.State.READY || !checked) {
                commands.add(set(ref, "state " + (state == Server.State.READY ? "ready" : "drain")));
            }
            return commands;
        }

        @Override
        public String toString() {
            return "activate " + ref + ", " + describe(state);
        }
    }

    /** Sets another state; results of health checks are kept. */
    record SetState(Server.Ref ref, Server.State state) implements RuntimeCommand {
        @Override
        public List<String> commands() {
            return List.of(
                    switch (state) {
                        case READY -> set(ref, "state ready");
                        case DRAIN -> set(ref, "state drain");
                        case MAINTENANCE -> set(ref, "state maint");
                    });
        }

        @Override
        public String toString() {
            return "set " + ref + " " + describe(state);
        }
    }

    /** Sets another weight. */
    record SetWeight(Server.Ref ref, int weight) implements RuntimeCommand {
        @Override
        public List<String> commands() {
            return List.of(set(ref, "weight " + weight));
        }

        @Override
        public String toString() {
            return "set " + ref + " weight " + weight;
        }
    }

    /** Deletes a server in maintenance; haproxy refuses this while there is a connection to it. */
    record Delete(Server.Ref ref) implements RuntimeCommand {
        @Override
        public List<String> commands() {
            return List.of("del server " + ref);
        }

        @Override
        public String toString() {
            return "delete " + ref;
        }
    }

    private static String set(Server.Ref ref, String setting) {
        return "set server " + ref + " " + setting;
    }

    private static String describe(Server.State state) {
        return switch (state) {
            case READY -> "ready";
            case DRAIN -> "draining";
            case MAINTENANCE -> "in maintenance";
        };
    }
}
