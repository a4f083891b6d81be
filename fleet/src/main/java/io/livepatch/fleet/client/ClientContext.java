package io.livepatch.fleet.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.fleet.protocol.CallPolicy;
import io.livepatch.fleet.protocol.LivepatchClient;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * The environment of the program, which tests replace.
 *
 * @param root the directory of {@code etc} and {@code proc}
 * @param terminal whether standard output is a terminal, on which progress is drawn
 */
record ClientContext(
        Map<String, String> environment,
        Path root,
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        boolean terminal,
        CallPolicy callPolicy,
        InstantSource clock,
        RandomGenerator random) {
    private static final int MAX_INPUT = 1 << 20;

    static ClientContext ofProcess() {
        return new ClientContext(
                System.getenv(),
                Path.of("/"),
                System.in,
                new PrintWriter(System.out, true, UTF_8),
                new PrintWriter(System.err, true, UTF_8),
                Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent(),
                CallPolicy.DEFAULT,
                Clock.systemUTC(),
                new SplittableRandom());
    }

    /** Opens and locks the machine's directory. */
    ClientDirectory openDirectory() {
        return ClientDirectory.open(ClientDirectory.path(environment));
    }

    ClientState readState() {
        return ClientDirectory.read(ClientDirectory.path(environment));
    }

    void error(String message) {
        err.println("livepatch-client: " + message);
        err.flush();
    }

    /** Connects to the configured server. */
    Connection connect(ClientState state) {
        ClientState.Server server = state.server()
                .orElseThrow(() -> new ClientException(
                        "no server: run livepatch-client config remote-server=https://host:port ca-certs=ca.pem"));
        HttpClient http = LivepatchClient.newHttpClient(server.authorities());
        return new Connection(http, new LivepatchClient(server.address(), http, callPolicy, clock, random));
    }

    /** A client of the configured server and its HTTP connections. */
    record Connection(HttpClient http, LivepatchClient client) implements AutoCloseable {
        /** Closes idle connections at once; no call is running by then. */
        @Override
        public void close() {
            http.shutdownNow();
            http.close();
        }
    }

    /** Reads standard input, at most {@value #MAX_INPUT} bytes. */
    String readInput() {
        try {
            return new String(in.readNBytes(MAX_INPUT), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read standard input", e);
        }
    }
}
