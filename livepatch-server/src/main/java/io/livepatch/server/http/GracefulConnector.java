package io.livepatch.server.http;

import io.livepatch.server.config.Cidr;
import io.livepatch.server.config.ServerConfig.EdgeConfig;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.IdleTimeout;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * A listener that loses no connection when it ends. Jetty's own closes its socket while connections wait in the queue, and the kernel
 * resets those. This one takes in all that wait, closes the socket in the same moment, and lets every connection have its
 * answers.
 *
 * <p>The acceptor waits in a selector of its own: it can be woken to end, and then no other thread uses the socket, so that closing it
 * takes effect at once.
 */
final class GracefulConnector extends ServerConnector {
    /**
     * A connection without a request for so long may be closed. A client that sends requests more often gets an answer with
     * {@code Connection: close} first. One that sends them less often loses a request only if it sends it while the close is on its
     * way, which takes far less than this.
     */
    static final Duration QUIET = Duration.ofSeconds(1);

    private static final int CORES = Runtime.getRuntime().availableProcessors();
    /** An acceptor, a selector for each core, and as many who go on where an answer was given by another thread. */
    private static final int THREADS = 1 + 2 * CORES;

    private static final long PAUSE_MILLIS = 20;
    private static final int BACKLOG = 1024;

    private final ConnectionLimits limits;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Set<Object> arriving = ConcurrentHashMap.newKeySet();
    private volatile boolean ending;
    private volatile @Nullable Selector selector;

    GracefulConnector(
            Server server,
            HttpConnectionFactory http,
            InetSocketAddress address,
            boolean shared,
            ConnectionLimits limits) {
        super(server, threads(), null, null, 1, CORES, http);
        this.limits = limits;
        setHost(address.getAddress().getHostAddress());
        setPort(address.getPort());
        setAcceptQueueSize(BACKLOG);
        setReusePort(shared);
        addBean(new Arrivals());
    }

    /**
     * Threads that never wait for anything but the network. Every answer wakes one; were they taken from the many that requests may
     * block, it would be another one each time.
     */
    private static ThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, THREADS);
        threads.setName("connections");
        threads.setReservedThreads(0);
        return threads;
    }

    /** Accepted is not open yet: a selector's thread makes the connection, after it has told that it was accepted. */
    private final class Arrivals implements SelectorManager.AcceptListener {
        @Override
        public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
            arriving.remove(channel);
            limits.ended(channel);
        }
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        return HttpServer.tracked(this, channel, selector, key);
    }

    @Override
    protected void onEndPointClosed(EndPoint end) {
        super.onEndPointClosed(end);
        limits.ended(end.getTransport());
    }

    @Override
    protected void onEndPointOpened(EndPoint end) {
        super.onEndPointOpened(end);
        arriving.remove(end.getTransport());
    }

    @Override
    protected void doStart() throws Exception {
        open();
        Selector made = Selector.open();
        selector = made;
        channel().configureBlocking(false).register(made, SelectionKey.OP_ACCEPT);
        super.doStart();
    }

    private ServerSocketChannel channel() {
        return (ServerSocketChannel) getTransport();
    }

    @Override
    public void accept(int acceptor) throws IOException {
        Selector waiting = selector;
        if (waiting == null) {
            return;
        }
        waiting.select();
        if (ending) {
            end(waiting);
        } else {
            waiting.selectedKeys().clear();
            acceptAll();
        }
    }

    private void acceptAll() throws IOException {
        for (SocketChannel next = channel().accept();
                next != null;
                next = channel().accept()) {
            if (!limits.admit(next)) {
                next.close();
                continue;
            }
            next.configureBlocking(false);
            configure(next.socket());
            arriving.add(next);
            getSelectorManager().accept(next);
        }
    }

    private void end(Selector waiting) throws IOException {
        // The acceptor has nothing more to do, and waits for the end.
        setAccepting(false);
        try (ServerSocketChannel listening = channel()) {
            // While a key is there, a closed socket goes on listening.
            listening.keyFor(waiting).cancel();
            waiting.selectNow();
            acceptAll();
        } finally {
            closed.countDown();
        }
    }

    /**
     * Stops listening, and returns when every connection has ended or when the time is up, whichever is first. Answers must
     * say {@code Connection: close} before this is called.
     *
     * @return whether all connections ended
     */
    boolean finish(Duration timeout) throws InterruptedException {
        long deadline = NanoTime.now() + timeout.toNanos();
        Selector waiting = selector;
        if (waiting == null || !isRunning()) {
            return true;
        }
        ending = true;
        waiting.wakeup();
        boolean ended = closed.await(timeout.toMillis(), TimeUnit.MILLISECONDS) && empty();
        while (!ended && NanoTime.isBefore(NanoTime.now(), deadline)) {
            getConnectedEndPoints().stream().filter(GracefulConnector::quiet).forEach(EndPoint::close);
            Thread.sleep(PAUSE_MILLIS);
            ended = empty();
        }
        return ended;
    }

    private boolean empty() {
        return arriving.isEmpty() && getConnectedEndPoints().isEmpty();
    }

    /** Every request has its answer (begun, and ended: only then the next is waited for), and none has come for a while. */
    private static boolean quiet(EndPoint end) {
        Connection connection = end.getConnection();
        return connection != null
                && connection.getMessagesIn() == connection.getMessagesOut()
                && end.isFillInterested()
                && end instanceof IdleTimeout idle
                && idle.getIdleFor() >= QUIET.toMillis();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        Selector waiting = selector;
        if (waiting != null) {
            waiting.close();
        }
    }

    /**
     * Bounds the open connections of a connector, in all and of one source. A tenth of them is kept for trusted proxies, so that
     * clients which reach the unit past its proxies cannot take the proxies' share. Jetty's {@code NetworkConnectionLimit} stops accepting
     * instead, which would stop the proxies as well. Thread-safe; {@link #admit} is called by one thread.
     */
    static final class ConnectionLimits {
        private final EdgeConfig limits;
        private final Sources sources;
        private final Metrics metrics;
        private final Map<Object, Cidr> open = new ConcurrentHashMap<>();
        private final Map<Cidr, Integer> bySource = new ConcurrentHashMap<>();

        ConnectionLimits(EdgeConfig limits, Sources sources, Metrics metrics) {
            this.limits = limits;
            this.sources = sources;
            this.metrics = metrics;
        }

        /** Whether this connection may be kept; if so, {@link #ended} must be called when it is closed. */
        boolean admit(SocketChannel channel) {
            InetAddress peer = channel.socket().getInetAddress();
            boolean trusted = sources.trusts(peer);
            Cidr source = Cidr.sourceBlock(peer);
            int most = trusted ? limits.connectionLimit() : Math.max(1, limits.connectionLimit() / 10 * 9);
            if (open.size() >= most) {
                metrics.refused(Refusal.CONNECTIONS);
                return false;
            }
            if (!trusted && bySource.getOrDefault(source, 0) >= limits.sourceConnectionLimit()) {
                metrics.refused(Refusal.SOURCE_CONNECTIONS);
                return false;
            }
            open.put(channel, source);
            bySource.merge(source, 1, Integer::sum);
            return true;
        }

        /** The connection over this channel is closed, or was never opened. */
        void ended(Object channel) {
            Cidr source = open.remove(channel);
            if (source != null) {
                bySource.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
            }
        }
    }
}
