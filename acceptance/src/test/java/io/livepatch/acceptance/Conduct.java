package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What an attacker does on one connection: first the part after which the attack is under way, then what keeps the connection busy
 * until the server or the attack ends it.
 */
record Conduct(Step begin, Step goOn) {
    private static final Duration TRICKLE = Duration.ofSeconds(3);

    interface Step {
        void take(AttackConnection connection) throws IOException;
    }

    /** Nothing is sent, ever. */
    static Conduct silent() {
        return new Conduct(_ -> {}, AttackConnection::readToEnd);
    }

    /** Half a request head, then a byte every few seconds. */
    static Conduct slowHead() {
        return new Conduct(
                connection -> connection.send("GET /health/ready HTTP/1.1\r\nHost: livepatch.example\r\nX-Slow: a"),
                connection -> connection.trickle("a".getBytes(US_ASCII), TRICKLE));
    }

    /** A body of which the first part comes at once, then a byte every few seconds. */
    static Conduct slowBody(String method, String path, int length, int first) {
        return new Conduct(
                connection -> {
                    connection.send(head(method, path, "Content-Length: " + length));
                    connection.send(" ".repeat(first));
                },
                connection -> connection.trickle(" ".getBytes(US_ASCII), TRICKLE));
    }

    /** A chunked body of which the first part comes at once, then a chunk of one byte every few seconds. */
    static Conduct slowChunks(String path, int first) {
        return new Conduct(
                connection -> {
                    connection.send(head("POST", path, "Transfer-Encoding: chunked"));
                    connection.send(Integer.toHexString(first) + "\r\n" + " ".repeat(first) + "\r\n");
                },
                connection -> connection.trickle("1\r\n \r\n".getBytes(US_ASCII), TRICKLE));
    }

    /** The first part of a body, and nothing more. */
    static Conduct brokenOffBody(String method, String path, int length, int first) {
        return new Conduct(slowBody(method, path, length, first).begin(), AttackConnection::readToEnd);
    }

    /** Asks for a patch and reads a byte a second. */
    static Conduct slowReader(String path) {
        return new Conduct(
                connection -> connection.send(head("GET", path, "Accept: */*")), AttackConnection::readSlowly);
    }

    /** Asks for a patch and never reads. */
    static Conduct neverReading(String path) {
        return new Conduct(connection -> connection.send(head("GET", path, "Accept: */*")), AttackConnection::hold);
    }

    /** One request, whose answer is awaited; then nothing more. */
    static Conduct poll(String path) {
        return new Conduct(
                connection -> {
                    connection.send(head("GET", path, "Accept: */*"));
                    connection.readSome();
                },
                AttackConnection::readToEnd);
    }

    /** One wrong password for the user admin. */
    static Conduct guess() {
        return new Conduct(
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

    /** A TLS handshake that is left when the server has done its part of the work. */
    static Conduct droppedHandshake(byte[] clientHello) {
        return new Conduct(
                connection -> {
                    connection.send(clientHello);
                    connection.readSome();
                },
                _ -> {});
    }

    /** HTTP/2 streams, each with a body of which the first part comes at once, then a byte every few seconds. */
    static Conduct slowBodiesHttp2(int streams, String path, int length, int first) {
        return new Conduct(
                connection -> connection.http2(Http2Connection.DEFAULT_WINDOW).postSlowly(streams, path, length, first),
                connection -> connection.http2().trickle(TRICKLE));
    }

    /** HTTP/2 streams that ask for a patch and let only so many bytes of it come, {@code window}. */
    static Conduct slowReadersHttp2(int streams, String path, int window) {
        return new Conduct(
                connection -> connection.http2(window).get(streams, path),
                connection -> connection.http2().readToEnd());
    }

    /** HTTP/2 streams that are reset as soon as they have asked. */
    static Conduct rapidReset(String path) {
        return new Conduct(
                connection -> connection.http2(Http2Connection.DEFAULT_WINDOW).requestAndReset(10, path),
                connection -> connection.http2().requestAndReset(20_000, path));
    }

    private static String head(String method, String path, String fields) {
        return "%s %s HTTP/1.1\r\nHost: livepatch.example\r\nContent-Type: application/json\r\n%s\r\n\r\n"
                .formatted(method, path, fields);
    }
}
