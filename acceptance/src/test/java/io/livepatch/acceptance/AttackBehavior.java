package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The traffic of one attacking connection: {@code begin} brings it into the attacked state, {@code sustain} keeps it there until the
 * server or the test closes the connection.
 */
record AttackBehavior(Traffic begin, Traffic sustain) {
    private static final Duration TRICKLE = Duration.ofSeconds(3);

    interface Traffic {
        void exchange(AttackConnection connection) throws IOException;
    }

    /** Sends nothing. */
    static AttackBehavior silent() {
        return new AttackBehavior(_ -> {}, AttackConnection::readToEnd);
    }

    /** Half a request head, then a byte every few seconds. */
    static AttackBehavior slowHead() {
        return new AttackBehavior(
                connection -> connection.send("GET /health/ready HTTP/1.1\r\nHost: livepatch.example\r\nX-Slow: a"),
                connection -> connection.trickle("a".getBytes(US_ASCII), TRICKLE));
    }

    /** Sends the first part of a body at once, then a byte every few seconds. */
    static AttackBehavior slowBody(String method, String path, int length, int first) {
        return new AttackBehavior(
                connection -> {
                    connection.send(head(method, path, "Content-Length: " + length));
                    connection.send(" ".repeat(first));
                },
                connection -> connection.trickle(" ".getBytes(US_ASCII), TRICKLE));
    }

    /** Sends the first part of a chunked body at once, then a chunk of one byte every few seconds. */
    static AttackBehavior slowChunks(String path, int first) {
        return new AttackBehavior(
                connection -> {
                    connection.send(head("POST", path, "Transfer-Encoding: chunked"));
                    connection.send(Integer.toHexString(first) + "\r\n" + " ".repeat(first) + "\r\n");
                },
                connection -> connection.trickle("1\r\n \r\n".getBytes(US_ASCII), TRICKLE));
    }

    /** The first part of a body, and nothing more. */
    static AttackBehavior abortedBody(String method, String path, int length, int first) {
        return new AttackBehavior(slowBody(method, path, length, first).begin(), AttackConnection::readToEnd);
    }

    /** Requests a patch and reads a byte a second. */
    static AttackBehavior slowReader(String path) {
        return new AttackBehavior(
                connection -> connection.send(head("GET", path, "Accept: */*")), AttackConnection::readSlowly);
    }

    /** Requests a patch and never reads. */
    static AttackBehavior neverReading(String path) {
        return new AttackBehavior(
                connection -> connection.send(head("GET", path, "Accept: */*")), AttackConnection::hold);
    }

    /** Sends one request, awaits the answer and keeps the connection open. */
    static AttackBehavior poll(String path) {
        return new AttackBehavior(
                connection -> {
                    connection.send(head("GET", path, "Accept: */*"));
                    connection.readSome();
                },
                AttackConnection::readToEnd);
    }

    /** One wrong password for the user admin. */
    static AttackBehavior guess() {
        return new AttackBehavior(
                connection -> {
                    String guess = "admin:guess-" + ThreadLocalRandom.current().nextInt();
                    String basic = Base64.getEncoder().encodeToString(guess.getBytes(US_ASCII));
                    connection.send(head(
                            "POST",
                            "/v1/admin/login",
                            "Content-Length: 0\r\nConnection: close\r\nAuthorization: Basic " + basic));
                },
                AttackConnection::readToEnd);
    }

    /** A TLS handshake that the client abandons after the server hello. */
    static AttackBehavior droppedHandshake(byte[] clientHello) {
        return new AttackBehavior(
                connection -> {
                    connection.send(clientHello);
                    connection.readSome();
                },
                _ -> {});
    }

    /** HTTP/2 streams that send the first part of a body at once, then a byte every few seconds. */
    static AttackBehavior slowBodiesHttp2(int streams, String path, int length, int first) {
        return new AttackBehavior(
                connection -> connection.http2(Http2Connection.DEFAULT_WINDOW).postSlowly(streams, path, length, first),
                connection -> connection.http2().trickle(TRICKLE));
    }

    /** HTTP/2 streams that request a patch with a flow-control window of {@code window} bytes. */
    static AttackBehavior slowReadersHttp2(int streams, String path, int window) {
        return new AttackBehavior(
                connection -> connection.http2(window).get(streams, path),
                connection -> connection.http2().readToEnd());
    }

    /** HTTP/2 streams that are reset right after the request. */
    static AttackBehavior rapidReset(String path) {
        return new AttackBehavior(
                connection -> connection.http2(Http2Connection.DEFAULT_WINDOW).requestAndReset(10, path),
                connection -> connection.http2().requestAndReset(20_000, path));
    }

    private static String head(String method, String path, String fields) {
        return "%s %s HTTP/1.1\r\nHost: livepatch.example\r\nContent-Type: application/json\r\n%s\r\n\r\n"
                .formatted(method, path, fields);
    }
}
