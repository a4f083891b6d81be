package io.livepatch.haproxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/** Ways to ask haproxy something. */
final class Clients {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private Clients() {}

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(LOOPBACK, 0));
            return socket.getLocalPort();
        }
    }

    static HttpClient keepAlive(SSLContext trust, HttpClient.Version version) {
        return HttpClient.newBuilder()
                .sslContext(trust)
                .version(version)
                .connectTimeout(TIMEOUT)
                .build();
    }

    static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
                .timeout(TIMEOUT);
    }

    static HttpResponse<String> get(HttpClient client, int port, String path) throws IOException, InterruptedException {
        return client.send(request(port, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Sends these bytes on a connection of their own and answers all that comes back. */
    static String raw(SSLContext trust, int port, String request) throws IOException {
        try (Socket socket = trust.getSocketFactory().createSocket(LOOPBACK, port)) {
            return exchange(socket, request);
        }
    }

    /** The same without TLS. */
    static String rawPlain(int port, String request) throws IOException {
        try (Socket socket = new Socket(LOOPBACK, port)) {
            return exchange(socket, request);
        }
    }

    private static String exchange(Socket socket, String request) throws IOException {
        socket.setSoTimeout((int) TIMEOUT.toMillis());
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** The value of a line {@code name: value} in a {@link Unit}'s answer. */
    static String field(String body, String name) {
        return body.lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .reduce((a, b) -> a + "|" + b)
                .orElse("");
    }
}
