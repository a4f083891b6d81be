package io.livepatch.haproxy.model;

/**
 * One unit behind a {@link Backend}.
 *
 * @param name the unit's name, {@code livepatch/10}; it stays the server's name whatever units come and go
 * @param weight its share among the others, 1 to 256
 * @param maxConnections requests at work in it at once; more wait in haproxy's queue
 */
public record Server(String name, String address, int port, int weight, int maxConnections, ServerState state) {
    public static final int DEFAULT_WEIGHT = 100;
    public static final int DEFAULT_MAX_CONNECTIONS = 1000;

    public Server {
        new Problems("server '" + name + "'")
                .unless(Grammar.isUnitName(name), "the name is not like livepatch/0 or " + Grammar.NAME_RULE)
                .unless(Grammar.isAddress(address), "address '" + address + "' is not " + Grammar.ADDRESS_RULE)
                .unless(Grammar.isPort(port), "port " + port + " is not between 1 and 65535")
                .unless(weight >= 1 && weight <= 256, "weight " + weight + " is not between 1 and 256")
                .unless(maxConnections >= 1, "max connections " + maxConnections + " is less than 1")
                .throwIfAny();
    }

    /** A ready server with the usual share. */
    public static Server of(String name, String address, int port) {
        return new Server(name, address, port, DEFAULT_WEIGHT, DEFAULT_MAX_CONNECTIONS, ServerState.READY);
    }

    public Server withState(ServerState newState) {
        return new Server(name, address, port, weight, maxConnections, newState);
    }

    public Server withMaxConnections(int newMaxConnections) {
        return new Server(name, address, port, weight, newMaxConnections, state);
    }

    /** Its name inside haproxy, which allows no slash: {@code livepatch-10}. */
    public String haproxyName() {
        return name.replace('/', '-');
    }
}
