package io.livepatch.haproxy.model;

/** A server as haproxy's commands name it, {@code livepatch/livepatch-10}: the backend's name and {@link Server#haproxyName}. */
public record ServerRef(String backend, String server) {
    public ServerRef {
        new Problems("server '" + backend + "/" + server + "'")
                .unless(Grammar.isName(backend), "backend '" + backend + "' is not " + Grammar.NAME_RULE)
                .unless(Grammar.isName(server), "server '" + server + "' is not " + Grammar.NAME_RULE)
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
