package io.livepatch.supervisor.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A web server as an exemplary worker: it shares its port and has its own port for checks. At its stop signal it accepts connections
 * for 200 ms more, closes its listeners, and exits when all accepted requests are answered. It needs no class but this.
 */
final class WebWorker {

    private static final int BACKLOG = 500;
    private static final int POLL_MILLIS = 20;
    private static final long LONGER_NANOS = Duration.ofMillis(200).toNanos();

    private static final AtomicLong REQUESTS = new AtomicLong();
    private static final ExecutorService SERVING = Executors.newVirtualThreadPerTaskExecutor();

    private static volatile boolean signal;

    private WebWorker() {}

    /** Listens at {@code PORT}, shared unless the argument is {@code alone}, and at {@code WORKER_PORT} if set. */
    public static void main(String[] args) throws IOException {
        Thread shared =
                serve(Integer.parseInt(System.getenv("PORT")), !List.of(args).contains("alone"));
        String own = System.getenv("WORKER_PORT");
        if (own != null) {
            serve(Integer.parseInt(own), false);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(shared)));
    }

    private static void end(Thread shared) {
        signal = true;
        try {
            shared.join();
            SERVING.shutdown();
            SERVING.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread serve(int port, boolean sharing) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_REUSEPORT, sharing);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        return Thread.ofPlatform().name("port " + port).start(() -> accept(server));
    }

    private static void accept(ServerSocketChannel listening) {
        try (ServerSocketChannel server = listening;
                Selector selector = Selector.open()) {
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            long last = Long.MAX_VALUE;
            while (last == Long.MAX_VALUE || System.nanoTime() - last < 0) {
                selector.select(POLL_MILLIS);
                selector.selectedKeys().clear();
                for (SocketChannel one = server.accept(); one != null; one = server.accept()) {
                    Socket socket = one.socket();
                    SERVING.execute(() -> answer(socket));
                }
                if (signal && last == Long.MAX_VALUE) {
                    last = System.nanoTime() + LONGER_NANOS;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Answers a request with the number of requests up to now. */
    private static void answer(Socket accepted) {
        try (Socket socket = accepted) {
            byte[] bytes = new byte[1024];
            if (socket.getInputStream().read(bytes) > 0) {
                String body = "requests_total " + REQUESTS.incrementAndGet() + "\n";
                String answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body;
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
            }
        } catch (IOException e) {
            // The client has closed the connection.
        }
    }

    /** A pool's {@code exec} and {@code args}, in YAML. */
    static String command(String... words) {
        StringBuilder args = new StringBuilder("-Xmx32m, -XX:TieredStopAtLevel=1, -XX:+UseSerialGC, -cp, '")
                .append(Program.testClasses())
                .append("', ")
                .append(WebWorker.class.getName());
        for (String word : words) {
            args.append(", ").append(word);
        }
        return "exec: %s\n    args: [%s]".formatted(Program.JAVA, args);
    }
}
