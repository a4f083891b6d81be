package io.livepatch.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** A server on a raw socket, for responses that no HTTP server sends: one request per connection, each on its own thread. */
public final class RawHttpServer implements AutoCloseable {
    /**
     * The head of a request.
     *
     * @param headers names in lower case
     */
    public record Head(String line, Map<String, String> headers) {
        public int contentLength() {
            return Integer.parseInt(headers.getOrDefault("content-length", "0"));
        }
    }

    /** Reads the body and writes the whole response; the connection is closed afterwards. */
    @FunctionalInterface
    public interface Handler {
        void handle(Head head, InputStream in, OutputStream out) throws Exception;
    }

    private final ServerSocket listener;
    private final String scheme;
    private final Handler handler;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);

    private RawHttpServer(ServerSocket listener, String scheme, Handler handler) {
        this.listener = listener;
        this.scheme = scheme;
        this.handler = handler;
    }

    public static RawHttpServer http(Handler handler) throws IOException {
        return start(new ServerSocket(), "http", handler);
    }

    public static RawHttpServer https(SSLContext context, Handler handler) throws IOException {
        return start(context.getServerSocketFactory().createServerSocket(), "https", handler);
    }

    private static RawHttpServer start(ServerSocket socket, String scheme, Handler handler) throws IOException {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        RawHttpServer server = new RawHttpServer(socket, scheme, handler);
        server.threads.execute(server::accept);
        return server;
    }

    public URI uri(String path) {
        return URI.create(scheme + "://localhost:" + listener.getLocalPort() + path);
    }

    public void awaitClosed() throws InterruptedException {
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
            handler.handle(head(in), in, out);
            out.flush();
        } catch (Exception e) {
            // The client closed the connection or refused the certificate, which the test sees on the client's side.
        }
    }

    private static Head head(InputStream in) throws IOException {
        String start = line(in);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String[] pair = line.split(":", 2);
            headers.put(pair[0].toLowerCase(Locale.ROOT), pair[1].strip());
        }
        return new Head(start, headers);
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
