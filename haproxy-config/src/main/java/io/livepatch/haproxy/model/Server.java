package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;

/**
 * One server of a {@link Backend}.
 *
 * @param name unique in its backend, such as {@code app/10}
 * @param weight its share of the requests in relation to the weights of the other servers, 1 to 256
 * @param maxConnections concurrent requests; more wait in haproxy's queue
 */
public record Server(String name, String address, int port, int weight, int maxConnections, State state) {
    public static final int DEFAULT_WEIGHT = 100;
    public static final int DEFAULT_MAX_CONNECTIONS = 1000;

    public Server {
        new Violations("server '" + name + "'")
                .unless(ConfigSyntax.isUnitName(name), "the name is not like app/0 or " + ConfigSyntax.NAME_RULE)
                .unless(
                        ConfigSyntax.isAddress(address),
                        "address '" + address + "' is not " + ConfigSyntax.ADDRESS_RULE)
                .unless(ConfigSyntax.isPort(port), "port " + port + " is not between 1 and 65535")
                .unless(weight >= 1 && weight <= 256, "weight " + weight + " is not between 1 and 256")
                .unless(maxConnections >= 1, "max connections " + maxConnections + " is less than 1")
                .throwIfAny();
    }

    /** A ready server with default weight and maximum. */
    public static Server of(String name, String address, int port) {
        return new Server(name, address, port, DEFAULT_WEIGHT, DEFAULT_MAX_CONNECTIONS, State.READY);
    }

    public Server withState(State newState) {
        return new Server(name, address, port, weight, maxConnections, newState);
    }

    public Server withMaxConnections(int newMaxConnections) {
        return new Server(name, address, port, weight, newMaxConnections, state);
    }

    /** Its name inside haproxy, which allows no slash: {@code app-10}. */
    public String haproxyName() {
        return name.replace('/', '-');
    }

    /** The desired state of a {@link Server}; {@code ServerStatus} is the actual one. */
    public enum State {
        /** Gets requests. */
        READY,
        /** Finishes its requests, gets no new ones, and is checked. */
        DRAIN,
        /** Gets no requests and is not checked. */
        MAINTENANCE
    }

    /** The name of a server in haproxy's commands, {@code app/app-10}: the backend's name and {@link Server#haproxyName}. */
    public record Ref(String backend, String server) {
        public Ref {
            new Violations("server '" + backend + "/" + server + "'")
                    .unless(ConfigSyntax.isName(backend), "backend '" + backend + "' is not " + ConfigSyntax.NAME_RULE)
                    .unless(ConfigSyntax.isName(server), "server '" + server + "' is not " + ConfigSyntax.NAME_RULE)
                    .throwIfAny();
        }

        public static Ref of(Backend backend, Server server) {
            return new Ref(backend.name(), server.haproxyName());
        }

        @Override
        public String toString() {
            return backend + "/" + server;
        }
    }
}
