package io.livepatch.haproxy.runtime;

import io.livepatch.testing.TestCertificate;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** Clients that send requests to haproxy. */
final class Clients {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private Clients() {}

    static HttpClient keepAlive(SSLContext trust, HttpClient.Version version) {
        return HttpClient.newBuilder()
                .sslContext(trust)
                .version(version)
                .connectTimeout(TIMEOUT)
                .build();
    }

    /** One whose connections come from this address. */
    static HttpClient from(String address, TestCertificate certificate, HttpClient.Version version) {
        return HttpClient.newBuilder()
                .sslContext(certificate.trust())
                .version(version)
                .localAddress(InetAddress.ofLiteral(address))
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

    /** One connection, request after request. */
    static final class Conversation implements AutoCloseable {
        private static final String END_OF_HEAD = "\r\n\r\n";
        private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

        private final Socket socket;

        private Conversation(Socket socket) {
            this.socket = socket;
        }

        static Conversation open(SSLContext trust, int port) throws IOException {
            return new Conversation(trust.getSocketFactory().createSocket(LOOPBACK, port));
        }

        /** The head of the answer. */
        String ask(String path) throws IOException {
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost" + END_OF_HEAD;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder head = new StringBuilder();
            while (head.indexOf(END_OF_HEAD) < 0) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    throw new EOFException("closed after '" + head + "'");
                }
                head.append((char) next);
            }
            Matcher length = LENGTH.matcher(head);
            if (length.find()) {
                socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
            }
            return head.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Sends bytes on a new connection and returns the whole response. */
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
