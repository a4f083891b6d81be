package io.livepatch.fleet.client;

import io.livepatch.fleet.LivepatchClient;
import java.net.http.HttpClient;

/** The way to the configured server, for the length of one command. */
final class Connection implements AutoCloseable {
    private final HttpClient http;
    private final LivepatchClient client;

    private Connection(HttpClient http, LivepatchClient client) {
        this.http = http;
        this.client = client;
    }

    static Connection open(ClientState state, Surroundings surroundings) {
        ClientState.Server server = state.server()
                .orElseThrow(() -> new ClientFault(
                        "no server: run livepatch-client config remote-server=https://host:port ca-certs=ca.pem"));
        HttpClient http = LivepatchClient.newHttpClient(server.authorities());
        return new Connection(
                http,
                new LivepatchClient(
                        server.address(), http, surroundings.patience(), surroundings.clock(), surroundings.random()));
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
