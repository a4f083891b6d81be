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
 * A TCP proxy on 127.0.0.1 that misbehaves as told, in front of any server. The fault may be changed while connections are open
 * and holds for those too; it stays until the next is set. All but {@link #refuse} leave the port open.
 *
 * <p>Positions in an answer are counted from the first byte of an HTTP body, starting again with each answer; on a connection that does not
 * speak plain HTTP/1.1, from the connection's first byte.
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

    /** In front of this port of 127.0.0.1, on a free one; passes everything. */
    public static FaultProxy start(int port) {
        return start(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    /** In front of the port of this URL, whose host is an address. */
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

    /** Nothing is wrong. */
    public void pass() {
        set(new Fault.Pass());
    }

    /** Closes the port, and resets what is open: "connection refused". */
    public synchronized void refuse() {
        try {
            listener.close();
            // The port is free when no thread is in accept.
            accepting.join();
            faults.set(new Fault.Refuse());
            reset();
            // Bound, but not listening, so no other process gets the port.
            open.add(hold());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Accepts connections and bytes, and passes none of them on until the fault is changed. */
    public void hang() {
        set(new Fault.Hang());
    }

    /** So many bytes a second in either direction of each connection. */
    public void slow(long bytesPerSecond) {
        set(new Fault.Slow(bytesPerSecond));
    }

    /** Ends a connection when so many bytes of a request (its head included) went through. */
    public void cutRequestsAfter(long bytes) {
        set(new Fault.CutRequests(bytes));
    }

    /** Ends a connection when so many bytes of the body of an answer went through. */
    public void cutAnswersAfter(long bytes) {
        set(new Fault.CutAnswers(bytes));
    }

    /**
     * Ends a connection instead of passing on what the server answered to such a request; once, and passes everything after that.
     *
     * @param request asked about each, when its answer is there; what is not HTTP is an empty text
     */
    public void loseAnswer(Predicate<String> request) {
        set(new Fault.LoseAnswer(request));
    }

    /** Changes the byte at this position of every answer's body that is so long. */
    public void corruptAt(long position) {
        set(new Fault.Corrupt(position));
    }

    /** Connections accepted since the start or the last {@link #forget}. */
    public long connections() {
        return connections.get();
    }

    /** The HTTP requests that went through, as {@code GET /path?query}; none of TLS or another protocol. */
    public List<String> requests() {
        return faults.requests();
    }

    /** How many of them had this method. */
    public long requests(String method) {
        return requests().stream().filter(line -> line.startsWith(method + " ")).count();
    }

    /** Counts from nothing again. */
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
            // The server refuses, so this does.
            client.setSoLinger(true, 0);
            client.close();
            server.close();
        }
    }

    private void reset() throws IOException {
        // All of them first: a pump closes one socket of its pair when the other one is closed.
        for (Socket socket : open) {
            abandon(socket);
        }
        for (Socket socket : open) {
            socket.close();
        }
        open.clear();
    }

    /** From now on closing it is a reset. */
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
