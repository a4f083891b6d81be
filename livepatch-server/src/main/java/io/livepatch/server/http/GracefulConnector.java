package io.livepatch.server.http;

import io.livepatch.server.config.Cidr;
import io.livepatch.server.config.ServerConfig.ClientLimits;
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
import java.util.function.Supplier;
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
 * A listener that loses no connection when it stops. Jetty's own closes its socket while connections wait in the accept queue, and the
 * kernel resets them. This one accepts the whole queue, closes the socket at once, and waits until every connection has its answers.
 *
 * <p>The acceptor waits in a selector of its own, which can be woken to stop. Then no other thread uses the socket, so closing it takes
 * effect immediately.
 */
final class GracefulConnector extends ServerConnector {
    /**
     * A connection without a request for so long may be closed while the server stops. A client that sends more often gets an answer with
     * {@code Connection: close} first. A rarer request is lost only if it crosses the close, which takes far less than this.
     */
    static final Duration QUIET_PERIOD = Duration.ofSeconds(1);

    private static final int CORES = Runtime.getRuntime().availableProcessors();
    /** An acceptor, and for each core a selector and a thread that continues the answers of other threads. */
    private static final int THREADS = 1 + 2 * CORES;

    private static final long POLL_MILLIS = 20;
    private static final int BACKLOG = 1024;

    private final ConnectionLimits limits;
    private final CountDownLatch closed = new CountDownLatch(1);
    /** Accepted channels that a selector's thread has not opened yet. */
    private final Set<Object> accepting = ConcurrentHashMap.newKeySet();

    private volatile boolean stopping;
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
        addBean(new AcceptFailures());
    }

    /** Own threads, which wait only for the network: with the shared pool each answer would wake another one of its many threads. */
    private static ThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, THREADS);
        threads.setName("connections");
        threads.setReservedThreads(0);
        return threads;
    }

    private final class AcceptFailures implements SelectorManager.AcceptListener {
        @Override
        public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
            accepting.remove(channel);
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
        accepting.remove(end.getTransport());
    }

    @Override
    protected void doStart() throws Exception {
        open();
        Selector opened = Selector.open();
        selector = opened;
        channel().configureBlocking(false).register(opened, SelectionKey.OP_ACCEPT);
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
        if (stopping) {
            stopListening(waiting);
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
            accepting.add(next);
            getSelectorManager().accept(next);
        }
    }

    private void stopListening(Selector waiting) throws IOException {
        // Parks the acceptor thread.
        setAccepting(false);
        try (ServerSocketChannel listening = channel()) {
            // A socket with a registered key listens on after its close.
            listening.keyFor(waiting).cancel();
            waiting.selectNow();
            acceptAll();
        } finally {
            closed.countDown();
        }
    }

    /**
     * Stops listening, and waits until every connection has ended, at most for {@code timeout}. Answers must carry
     * {@code Connection: close} before.
     *
     * @return whether all connections ended
     */
    boolean finish(Duration timeout) throws InterruptedException {
        long deadline = NanoTime.now() + timeout.toNanos();
        Selector waiting = selector;
        if (waiting == null || !isRunning()) {
            return true;
        }
        stopping = true;
        waiting.wakeup();
        boolean ended = closed.await(timeout.toMillis(), TimeUnit.MILLISECONDS) && empty();
        while (!ended && NanoTime.isBefore(NanoTime.now(), deadline)) {
            getConnectedEndPoints().stream().filter(GracefulConnector::quiet).forEach(EndPoint::close);
            Thread.sleep(POLL_MILLIS);
            ended = empty();
        }
        return ended;
    }

    private boolean empty() {
        return accepting.isEmpty() && getConnectedEndPoints().isEmpty();
    }

    /** All requests are answered completely (only then the next one is waited for), and none has arrived for a while. */
    private static boolean quiet(EndPoint end) {
        Connection connection = end.getConnection();
        return connection != null
                && connection.getMessagesIn() == connection.getMessagesOut()
                && end.isFillInterested()
                && end instanceof IdleTimeout idle
                && idle.getIdleFor() >= QUIET_PERIOD.toMillis();
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
     * Limits the open connections of a connector, in all and per source. A tenth is reserved for trusted proxies, so that clients that
     * bypass the proxies cannot use all of them. Jetty's {@code NetworkConnectionLimit} stops accepting instead, which would stop the
     * proxies as well. Thread-safe; {@link #admit} is called by one thread.
     */
    static final class ConnectionLimits {
        private final Supplier<ClientLimits> current;
        private final ClientAddresses clientAddresses;
        private final Metrics metrics;
        private final Map<Object, Cidr> open = new ConcurrentHashMap<>();
        private final Map<Cidr, Integer> bySource = new ConcurrentHashMap<>();

        /** @param current the limits, which may change */
        ConnectionLimits(Supplier<ClientLimits> current, ClientAddresses clientAddresses, Metrics metrics) {
            this.current = current;
            this.clientAddresses = clientAddresses;
            this.metrics = metrics;
        }

        /** If true, {@link #ended} must be called when the connection is closed. */
        boolean admit(SocketChannel channel) {
            ClientLimits limits = current.get();
            InetAddress peer = channel.socket().getInetAddress();
            boolean trusted = clientAddresses.trusts(peer);
            Cidr source = Cidr.sourceBlock(peer);
            int limit = trusted ? limits.connectionLimit() : Math.max(1, limits.connectionLimit() / 10 * 9);
            if (open.size() >= limit) {
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

        void ended(Object channel) {
            Cidr source = open.remove(channel);
            if (source != null) {
                bySource.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
            }
        }
    }
}
