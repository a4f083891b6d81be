package io.livepatch.fleet.protocol;

import io.livepatch.fleet.ScriptedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A {@link ScriptedServer} and the HTTP client of its {@link LivepatchClient}s; registered as an extension, it is closed after each test. */
final class ClientFixture implements AfterEachCallback {
    private final ScriptedServer server;
    private final HttpClient http = LivepatchClient.newHttpClient(Optional.empty());

    ClientFixture() {
        try {
            server = ScriptedServer.http();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ScriptedServer server() {
        return server;
    }

    LivepatchClient client(CallPolicy callPolicy) {
        return client(server.uri("").toString(), callPolicy);
    }

    LivepatchClient client(String url, CallPolicy callPolicy) {
        return client(ServerAddress.parse(url, true), http, callPolicy);
    }

    /** A client whose pauses are the same in each run. */
    static LivepatchClient client(ServerAddress server, HttpClient http, CallPolicy callPolicy) {
        return new LivepatchClient(server, http, callPolicy, Clock.systemUTC(), new Random(1));
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        http.shutdownNow();
        http.close();
        server.close();
    }
}
