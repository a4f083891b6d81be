package io.livepatch.haproxy.model;

/** The name of a server in haproxy's commands, {@code app/app-10}: the backend's name and {@link Server#haproxyName}. */
public record ServerRef(String backend, String server) {
    public ServerRef {
        new Violations("server '" + backend + "/" + server + "'")
                .unless(ConfigSyntax.isName(backend), "backend '" + backend + "' is not " + ConfigSyntax.NAME_RULE)
                .unless(ConfigSyntax.isName(server), "server '" + server + "' is not " + ConfigSyntax.NAME_RULE)
                .throwIfAny();
    }

    public static ServerRef of(Backend backend, Server server) {
        return new ServerRef(backend.name(), server.haproxyName());
    }

    @Override
    public String toString() {
        return backend + "/" + server;
    }
}
