package io.livepatch.storage.s3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.livepatch.testing.S3Account;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A proxy that makes a real S3 server ignore {@code If-None-Match} in some requests: it removes the existing object before it forwards such a
 * request. It can also answer requests itself, as other servers do.
 */
final class UnconditionalServer implements AutoCloseable {
    private static final Pattern LENGTH =
            Pattern.compile("\r\ncontent-length: *([0-9]+)\r\n", Pattern.CASE_INSENSITIVE);

    private static final byte[] CONFLICT = """
            HTTP/1.1 409 Conflict\r
            Content-Type: application/xml\r
            Connection: close\r
            \r
            <Error><Code>ConditionalRequestConflict</Code><Message>try again</Message></Error>""".getBytes(ISO_8859_1);

    private final S3Account account;
    private final S3Client client;
    private final Predicate<Request> ignoring;
    private final Function<Request, Action> before;
    private final ServerSocket listener;
    private final Object unconditional = new Object();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * A received request.
     *
     * @param line as in {@code PUT /bucket/key?query}
     * @param length of its body, in bytes
     */
    record Request(String line, long length) {
        boolean is(String method, String inLine) {
            return line.startsWith(method + " ") && line.contains(inLine);
        }
    }

    /** The proxy's treatment of a request. */
    enum Action {
        PASS,
        /** Closes the connection without an answer. */
        CLOSE,
        /** Answers as AWS while another request for the same key is in progress. */
        CONFLICT
    }

    private UnconditionalServer(
            S3Account account, Predicate<Request> ignoring, Function<Request, Action> before, ServerSocket listener) {
        this.account = account;
        this.client = account.client();
        this.ignoring = ignoring;
        this.before = before;
        this.listener = listener;
    }

    /**
     * Starts a proxy in front of this server.
     *
     * @param ignoring the requests whose conditions are ignored
     * @param before is called with each request before its body is read, and may block
     */
    static UnconditionalServer start(S3Account account, Predicate<Request> ignoring, Function<Request, Action> before) {
        try {
            ServerSocket listener = new ServerSocket(0, 128, InetAddress.ofLiteral("127.0.0.1"));
            UnconditionalServer server = new UnconditionalServer(account, ignoring, before, listener);
            server.threads.execute(server::accept);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The address and keys of this server. */
    S3Account account() {
        URI endpoint = URI.create("http://127.0.0.1:" + listener.getLocalPort());
        return new S3Account(endpoint, account.region(), account.pathStyle(), account.keys());
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                threads.execute(() -> serve(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    /** Serves one request per connection, so that the end of the answer needs no parsing. */
    private void serve(Socket socket) {
        try (socket;
                Socket server = new Socket()) {
            String head = head(socket.getInputStream());
            Matcher length = LENGTH.matcher(head);
            Request request = new Request(
                    head.substring(0, head.indexOf(" HTTP/")), length.find() ? Long.parseLong(length.group(1)) : 0);
            Action action = before.apply(request);
            if (action == Action.CLOSE) {
                return;
            }
            if (action == Action.CONFLICT) {
                copy(socket.getInputStream(), OutputStream.nullOutputStream(), request.length());
                socket.getOutputStream().write(CONFLICT);
            } else if (head.toLowerCase(Locale.ROOT).contains("\r\nif-none-match:") && ignoring.test(request)) {
                // Serialized: otherwise a concurrent request could create the object after it is removed here.
                synchronized (unconditional) {
                    remove(request);
                    pass(socket, server, head, request);
                }
            } else {
                pass(socket, server, head, request);
            }
        } catch (IOException e) {
            // One side closed its connection; both are closed now.
        } finally {
            open.remove(socket);
        }
    }

    private void pass(Socket client, Socket server, String head, Request request) throws IOException {
        server.connect(new InetSocketAddress(
                account.endpoint().getHost(), account.endpoint().getPort()));
        OutputStream out = server.getOutputStream();
        out.write(head.replaceFirst("(?i)\r\nconnection: [^\r]*", "")
                .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n")
                .getBytes(ISO_8859_1));
        copy(client.getInputStream(), out, request.length());
        server.getInputStream().transferTo(client.getOutputStream());
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("no request");
            }
            head.write(next);
        }
        return head.toString(ISO_8859_1);
    }

    private static void copy(InputStream in, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[64 << 10];
        for (long left = length; left > 0; ) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new EOFException("the body ended early");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    private void remove(Request request) {
        String[] path = request.line()
                .replaceFirst("^[A-Z]+ /", "")
                .replaceFirst("\\?.*", "")
                .split("/", 2);
        client.deleteObject(remove -> remove.bucket(path[0]).key(path[1]));
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
            threads.shutdownNow();
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
