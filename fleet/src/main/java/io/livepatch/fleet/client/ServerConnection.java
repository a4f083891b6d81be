package io.livepatch.fleet.client;

import io.livepatch.fleet.protocol.LivepatchClient;
import java.net.http.HttpClient;

/** The way to the configured server, for the length of one command. */
final class ServerConnection implements AutoCloseable {
    private final HttpClient http;
    private final LivepatchClient client;

    private ServerConnection(HttpClient http, LivepatchClient client) {
        this.http = http;
        this.client = client;
    }

    static ServerConnection open(ClientState state, ClientContext clientContext) {
        ClientState.Server server = state.server()
                .orElseThrow(() -> new ClientException(
                        "no server: run livepatch-client config remote-server=https://host:port ca-certs=ca.pem"));
        HttpClient http = LivepatchClient.newHttpClient(server.authorities());
        return new ServerConnection(
                http,
                new LivepatchClient(
                        server.address(),
                        http,
                        clientContext.patience(),
                        clientContext.clock(),
                        clientContext.random()));
    }

    LivepatchClient client() {
        return client;
    }

    /** At once: nothing is under way by then but keep-alive connections. */
    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
