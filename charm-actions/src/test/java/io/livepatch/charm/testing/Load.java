package io.livepatch.charm.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that send requests without pauses and count every failure: half of them keep their connection open, half open a new
 * one for each request.
 */
public final class Load implements AutoCloseable {
    private static final int CLIENTS = 8;
    private static final int TIMEOUT = 15_000;
    /** Leaves processor time to what the tests do meanwhile. */
    private static final long PAUSE = 2_000_000;

    private final String address;
    private final int port;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger done = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Load(String address, int port) {
        this.address = address;
        this.port = port;
    }

    public static Load on(String address, int port) {
        Load load = new Load(address, port);
        for (int i = 0; i < CLIENTS; i++) {
            boolean keep = i % 2 == 0;
            var _ = load.threads.submit(() -> load.ask(keep));
        }
        return load;
    }

    public static int clients() {
        return CLIENTS;
    }

    private void ask(boolean keep) {
        while (!stopped.get()) {
            try (Socket socket = new Socket(address, port)) {
                socket.setSoTimeout(TIMEOUT);
                InputStream in = new BufferedInputStream(socket.getInputStream());
                boolean open = true;
                while (open && !stopped.get()) {
                    open = askOnce(socket, in, keep);
                    LockSupport.parkNanos(PAUSE);
                }
            } catch (IOException e) {
                failures.add((keep ? "kept: " : "new: ") + e);
            }
        }
    }

    private boolean askOnce(Socket socket, InputStream in, boolean keep) throws IOException {
        String connection = keep ? "keep-alive" : "close";
        socket.getOutputStream()
                .write(("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + connection + "\r\n\r\n").getBytes(ISO_8859_1));
        String head = head(in);
        in.readNBytes(length(head));
        done.incrementAndGet();
        if (!head.startsWith("HTTP/1.1 200 ")) {
            failures.add(head.lines().findFirst().orElse(""));
        }
        return keep && !head.toLowerCase(Locale.ROOT).contains("\nconnection: close");
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the connection was closed after '" + head + "'");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static int length(String head) {
        return head.lines()
                .map(line -> line.toLowerCase(Locale.ROOT))
                .filter(line -> line.startsWith("content-length:"))
                .map(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
    }

    public List<String> failures() {
        return List.copyOf(failures);
    }

    /** Waits until this many more requests were answered. */
    public void awaitMore(int requests) {
        int goal = done.get() + requests;
        await(requests + " more requests").atMost(Duration.ofMinutes(1)).until(() -> done.get() >= goal);
    }

    @Override
    public void close() {
        stopped.set(true);
        threads.close();
    }
}
