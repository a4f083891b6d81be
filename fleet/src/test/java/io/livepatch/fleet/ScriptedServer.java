package io.livepatch.fleet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.testing.RawHttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;

/**
 * A server on a raw socket that sends the exact bytes of a test: one request and one reply per connection. Replies
 * are taken from a queue; the last one stays.
 */
public final class ScriptedServer implements AutoCloseable {
    /** One request as it came. */
    public record Request(String method, String target, Map<String, String> headers, String body) {
        public Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
        }
    }

    /** Writes the reply to the socket, which is closed afterwards. */
    @FunctionalInterface
    public interface Reply {
        void write(Request request, OutputStream out) throws Exception;
    }

    private final RawHttpServer server;
    private final Queue<Reply> replies = new ArrayDeque<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    private ScriptedServer(Optional<SSLContext> context) throws IOException {
        server =
                context.isPresent() ? RawHttpServer.https(context.get(), this::serve) : RawHttpServer.http(this::serve);
    }

    public static ScriptedServer https(SSLContext context) throws IOException {
        return new ScriptedServer(Optional.of(context));
    }

    public static ScriptedServer http() throws IOException {
        return new ScriptedServer(Optional.empty());
    }

    public URI uri(String path) {
        return server.uri(path);
    }

    public synchronized ScriptedServer reply(Reply... next) {
        replies.clear();
        replies.addAll(List.of(next));
        return this;
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    public Request lastRequest() {
        return requests.getLast();
    }

    /** A whole answer with a right Content-Length; headers as {@code Name: value}. */
    public static Reply answer(int status, String body, String... headers) {
        return answer(status, body.getBytes(UTF_8), headers);
    }

    public static Reply answer(int status, byte[] body, String... headers) {
        return (request, out) -> {
            out.write(head(status, body.length, headers));
            out.write(body);
        };
    }

    public static Reply json(String body) {
        return answer(200, body, "Content-Type: application/json");
    }

    public static Reply problem(int status, String detail, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type: application/problem+json"));
        all.addAll(List.of(headers));
        String body = "{\"type\":\"about:blank\",\"status\":%d,\"detail\":\"%s\"}".formatted(status, detail);
        return answer(status, body, all.toArray(String[]::new));
    }

    /** A head that announces this many bytes. */
    public static byte[] head(int status, long length, String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " x\r\n");
        List.of(headers).forEach(header -> head.append(header).append("\r\n"));
        if (status != 204) {
            head.append("Content-Length: ").append(length).append("\r\n");
        }
        return head.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1);
    }

    /** Blocks until the server is closed. */
    public void hang() throws InterruptedException {
        server.awaitClosed();
    }

    private void serve(RawHttpServer.Head head, InputStream in, OutputStream out) throws Exception {
        if (head.headers().getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
            // Java's client waits 5 s for this, then sends the body unasked.
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
            out.flush();
        }
        String[] start = head.line().split(" ", 3);
        String body = new String(in.readNBytes(head.contentLength()), UTF_8);
        Request request = new Request(start[0], start[1], head.headers(), body);
        requests.add(request);
        next().write(request, out);
    }

    private synchronized Reply next() {
        return replies.size() > 1 ? replies.remove() : replies.element();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
