package io.livepatch.fleet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * A server on a raw socket that sends what a test tells it to, down to the byte: one request and one reply a connection. Replies
 * are taken from a queue; the last one stays.
 */
public final class ScriptedServer implements AutoCloseable {
    /** One request as it came. */
    public record Request(String method, String target, Map<String, String> headers, String body) {
        public Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
        }
    }

    /** What is written onto the socket before it is closed. */
    @FunctionalInterface
    public interface Reply {
        void write(Request request, OutputStream out) throws Exception;
    }

    private final ServerSocket listener;
    private final String scheme;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<Reply> replies = new ArrayDeque<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private ScriptedServer(ServerSocket listener, String scheme) {
        this.listener = listener;
        this.scheme = scheme;
    }

    public static ScriptedServer https(SSLContext context) throws IOException {
        ServerSocket socket = context.getServerSocketFactory().createServerSocket();
        return start(socket, "https");
    }

    public static ScriptedServer http() throws IOException {
        return start(new ServerSocket(), "http");
    }

    private static ScriptedServer start(ServerSocket socket, String scheme) throws IOException {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        ScriptedServer server = new ScriptedServer(socket, scheme);
        server.threads.execute(server::accept);
        return server;
    }

    public URI uri(String path) {
        return URI.create(scheme + "://localhost:" + listener.getLocalPort() + path);
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

    /** A head that promises so many bytes. */
    public static byte[] head(int status, long length, String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " x\r\n");
        List.of(headers).forEach(header -> head.append(header).append("\r\n"));
        if (status != 204) {
            head.append("Content-Length: ").append(length).append("\r\n");
        }
        return head.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1);
    }

    /** Says no more until the server is closed. */
    public void hang() throws InterruptedException {
        closed.await();
    }

    private void accept() {
        try {
            while (!listener.isClosed()) {
                Socket socket = listener.accept();
                threads.execute(() -> serve(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            Request request = read(in, out);
            requests.add(request);
            next().write(request, out);
            out.flush();
        } catch (Exception e) {
            // The client went away, or did not like our certificate: the test sees it from there.
        }
    }

    private synchronized Reply next() {
        return replies.size() > 1 ? replies.remove() : replies.element();
    }

    private static Request read(InputStream in, OutputStream out) throws IOException {
        String[] start = line(in).split(" ", 3);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String[] pair = line.split(":", 2);
            headers.put(pair[0].toLowerCase(Locale.ROOT), pair[1].strip());
        }
        if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
            // Java's client waits 5 s for this, then sends the body unasked.
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
            out.flush();
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Request(start[0], start[1], headers, new String(in.readNBytes(length), UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("ended in the middle of a head");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        threads.close();
    }
}
