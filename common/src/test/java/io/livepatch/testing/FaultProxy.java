package io.livepatch.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * A TCP proxy on 127.0.0.1 that injects faults into connections to any server. A fault can be changed while connections are open, and
 * applies to them, too; it stays until the next one is set. All but {@link #refuse} leave the port open.
 *
 * <p>Positions in an answer are counted from the first byte of each HTTP body; on a connection of a protocol other than plain HTTP/1.1,
 * from the first byte of the connection.
 */
public final class FaultProxy implements AutoCloseable {
    private final InetSocketAddress target;
    private final InetSocketAddress address;
    private final FaultSwitch faults = new FaultSwitch();
    private final AtomicLong connections = new AtomicLong();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private ServerSocket listener;
    private CompletableFuture<Void> accepting = CompletableFuture.completedFuture(null);

    private FaultProxy(InetSocketAddress target, ServerSocket listener) {
        this.target = target;
        this.listener = listener;
        this.address = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    /** A proxy without a fault, on a free port, for this port of 127.0.0.1. */
    public static FaultProxy start(int port) {
        return start(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    /** A proxy for the port of this URL, whose host is an address. */
    public static FaultProxy start(URI server) {
        return start(InetAddress.ofLiteral(server.getHost()), server.getPort());
    }

    private static FaultProxy start(InetAddress host, int port) {
        try {
            ServerSocket listener = listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            FaultProxy proxy = new FaultProxy(new InetSocketAddress(host, port), listener);
            proxy.accept();
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return address.getPort();
    }

    /** {@code http://127.0.0.1:<port>}. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port());
    }

    /** Removes the fault. */
    public void pass() {
        set(new Fault.Pass());
    }

    /** Closes the port and resets open connections, so that new ones are refused. */
    public synchronized void refuse() {
        try {
            listener.close();
            // The port is free once no thread is in accept.
            accepting.join();
            faults.set(new Fault.Refuse());
            reset();
            // Bound, but not listening, so no other process gets the port.
            open.add(hold());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Accepts connections and bytes, and forwards none until the fault is changed. */
    public void hang() {
        set(new Fault.Hang());
    }

    /** Limits each direction of each connection to this many bytes per second. */
    public void slow(long bytesPerSecond) {
        set(new Fault.Slow(bytesPerSecond));
    }

    /** Closes a connection after this many bytes of a request, including its head. */
    public void cutRequestsAfter(long bytes) {
        set(new Fault.CutRequests(bytes));
    }

    /** Closes a connection after this many bytes of the body of an answer. */
    public void cutAnswersAfter(long bytes) {
        set(new Fault.CutAnswers(bytes));
    }

    /**
     * Closes a connection instead of forwarding the answer to a matching request; once, then the fault ends.
     *
     * @param request evaluated for each request when its answer arrives; gets an empty text for other protocols than HTTP
     */
    public void loseAnswer(Predicate<String> request) {
        set(new Fault.LoseAnswer(request));
    }

    /** Changes the byte at this position of the body of every answer that is long enough. */
    public void corruptAt(long position) {
        set(new Fault.Corrupt(position));
    }

    /** The number of connections accepted since the start or the last {@link #forget}. */
    public long connections() {
        return connections.get();
    }

    /** The forwarded HTTP requests, as {@code GET /path?query}; none of TLS or another protocol. */
    public List<String> requests() {
        return faults.requests();
    }

    /** The number of forwarded HTTP requests with this method. */
    public long requests(String method) {
        return requests().stream().filter(line -> line.startsWith(method + " ")).count();
    }

    /** Resets the counters. */
    public void forget() {
        connections.set(0);
        faults.forget();
    }

    private synchronized void set(Fault fault) {
        try {
            if (faults.get() instanceof Fault.Refuse) {
                listener = listen(address);
                reset();
                accept();
            }
            faults.set(fault);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocket listen(InetSocketAddress address) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(address, 128);
        return listener;
    }

    private Socket hold() throws IOException {
        Socket held = new Socket();
        held.setReuseAddress(true);
        held.bind(address);
        return held;
    }

    private void accept() {
        ServerSocket current = listener;
        accepting = CompletableFuture.runAsync(() -> accept(current), threads);
    }

    private void accept(ServerSocket current) {
        try (current) {
            while (!current.isClosed()) {
                Socket client = current.accept();
                connections.incrementAndGet();
                open.removeIf(Socket::isClosed);
                open.add(client);
                connect(client);
            }
        } catch (IOException e) {
            // The port was closed.
        }
    }

    private void connect(Socket client) throws IOException {
        Socket server = new Socket();
        open.add(server);
        try {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(target);
            new FaultyConnection(client, server, faults).start(threads);
        } catch (IOException e) {
            // The server refuses the connection, so the proxy does.
            client.setSoLinger(true, 0);
            client.close();
            server.close();
        }
    }

    private void reset() throws IOException {
        // Collects all sockets first, because a pump closes the second socket of a pair when the first one is closed.
        for (Socket socket : open) {
            abandon(socket);
        }
        for (Socket socket : open) {
            socket.close();
        }
        open.clear();
    }

    /** Makes the next close send a reset. */
    private static void abandon(Socket socket) throws IOException {
        try {
            socket.setSoLinger(true, 0);
        } catch (SocketException e) {
            if (!socket.isClosed()) {
                throw e;
            }
        }
    }

    @Override
    public synchronized void close() {
        try {
            listener.close();
            reset();
            threads.shutdownNow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
