package io.livepatch.server.http;

import io.livepatch.server.config.ServerConfig.EdgeConfig;
import io.livepatch.server.http.BodyReader.BodyMemory;
import io.livepatch.server.http.GracefulConnector.ConnectionLimits;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import org.jspecify.annotations.Nullable;

/**
 * Jetty, wired as {@code RequestDispatcher} draws it.
 *
 * <p>Its life: {@link #bind} takes the ports, {@link #start} serves on them. A port that is shared is listened on only from
 * {@link #listen} on, for its other listeners serve while this one could not. {@link #drain}, then {@link #close}.
 */
public final class HttpServer implements AutoCloseable {
    private static final int THREADS = 140;
    private static final int IDLE_THREADS = 8;
    /** Jersey never takes the last threads: uploads have up to 32, and reading tokens and opening patches needs some. */
    private static final int BLOCKING_REQUESTS = 64;
    /** Most of them wait for {@code BasicUsers}, which checks fewer passwords at once. */
    private static final int LOGIN_THREADS = 4;

    private static final int LOGIN_QUEUE = 256;
    private static final int UPLOAD_QUEUE = 16;

    private static final Duration IDLE_TIMEOUT_WHILE_STOPPING = Duration.ofMillis(200);
    /** For what is left when {@link GracefulConnector#finish} is over: probes, and requests that overran their time. */
    private static final Duration JETTY_STOP_TIMEOUT = Duration.ofSeconds(1);

    /**
     * Over loopback, where a segment has 64 KiB, Linux lets a connection queue 3 MB by itself. A thousand slow readers then use up the
     * kernel's memory for TCP (net.ipv4.tcp_mem), and it drops what other clients send.
     */
    private static final int SEND_BUFFER_BYTES = 256 << 10;

    private static final int HEADER_BYTES = 8 << 10;

    private final Settings settings;
    private final ExecutorService loginThreads = Executors.newFixedThreadPool(
            LOGIN_THREADS, Thread.ofPlatform().name("log-in-", 1).daemon().factory());
    private final RequestDispatcher edge;
    private final Server server = new Server(threads());
    private final GracefulConnector connector;
    private final Optional<ServerConnector> probes;
    private final CountDownLatch started = new CountDownLatch(1);
    private final Object listening = new Object();
    private @Nullable SharedPort taken;

    /**
     * How the server listens, and how much it takes on.
     *
     * @param address port 0 takes a free one
     * @param workerAddress where this process alone answers probes, and nothing else
     * @param reusePort whether several processes share the port of {@code address}
     * @param concurrencyLimit check-ins at work at once
     * @param burstLimit requests of each kind waiting for a slot
     * @param stopTimeout how long {@link #close} waits for open connections
     * @param uploads of patches at once
     * @param edge bounds on what one client can make the server hold
     */
    public record Settings(
            InetSocketAddress address,
            Optional<InetSocketAddress> workerAddress,
            boolean reusePort,
            int concurrencyLimit,
            int burstLimit,
            Duration stopTimeout,
            int uploads,
            EdgeConfig edge) {}

    /** A server for these hot routes, and Jersey for all others, behind these guards. Nothing runs yet. */
    public HttpServer(
            Settings settings, List<DirectRoute> routes, List<Guard> guards, ResourceConfig jersey, Metrics metrics) {
        this.settings = settings;
        EdgeConfig limits = settings.edge();
        Sources sources = new Sources(limits.trustedProxies());
        this.edge = new RequestDispatcher(
                slots(routes, settings, metrics),
                guards,
                slots(settings, metrics),
                loginThreads,
                new Exchange.Services(metrics, sources, new BodyMemory()),
                servlets(jersey));
        this.connector = new GracefulConnector(
                server,
                http(),
                settings.address(),
                settings.reusePort(),
                new ConnectionLimits(limits, sources, metrics));
        connector.setIdleTimeout(limits.idleTimeout().toMillis());
        connector.setAcceptedSendBufferSize(SEND_BUFFER_BYTES);
        connector.setShutdownIdleTimeout(IDLE_TIMEOUT_WHILE_STOPPING.toMillis());
        this.probes = settings.workerAddress().map(this::probes);
        if (!settings.reusePort()) {
            server.addConnector(connector);
        }
        probes.ifPresent(server::addConnector);
        server.setHandler(edge);
        server.setErrorHandler(new ProblemErrorHandler());
        server.setRequestLog(new RequestLogger(metrics, sources));
        server.setStopTimeout(JETTY_STOP_TIMEOUT.toMillis());
        server.addBean(new Deadlines(server, limits, metrics), true);
    }

    private static ServletContextHandler servlets(ResourceConfig jersey) {
        ServletContextHandler servlets = new ServletContextHandler("/", false, false);
        servlets.setErrorHandler(new ProblemErrorHandler());
        servlets.addServlet(new ServletHolder("jersey", new ServletContainer(jersey)), "/*");
        return servlets;
    }

    /** Probes need no slot. */
    private static Map<DirectRoute, Optional<ConcurrencyLimiter>> slots(
            List<DirectRoute> routes, Settings settings, Metrics metrics) {
        Map<DirectRoute, Optional<ConcurrencyLimiter>> slots = new LinkedHashMap<>();
        for (DirectRoute route : routes) {
            DirectRoute.Limit limit = route.limit(settings);
            slots.put(
                    route,
                    route.probe()
                            ? Optional.empty()
                            : Optional.of(new ConcurrencyLimiter(limit, settings.burstLimit(), metrics)));
        }
        return slots;
    }

    private static RequestDispatcher.Slots slots(Settings settings, Metrics metrics) {
        DirectRoute.Limit uploads =
                new DirectRoute.Limit("server.upload-limit", settings.uploads(), Refusal.UPLOAD_CONCURRENCY);
        DirectRoute.Limit logIns = new DirectRoute.Limit("log-ins", LOGIN_THREADS, Refusal.LOGIN_CONCURRENCY);
        DirectRoute.Limit others = new DirectRoute.Limit(
                BLOCKING_REQUESTS + " slots; the queue is server.burst-limit",
                BLOCKING_REQUESTS,
                Refusal.OTHER_CONCURRENCY);
        return new RequestDispatcher.Slots(
                new ConcurrencyLimiter(uploads, UPLOAD_QUEUE, metrics),
                new ConcurrencyLimiter(logIns, LOGIN_QUEUE, metrics),
                new ConcurrencyLimiter(others, settings.burstLimit(), metrics));
    }

    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, IDLE_THREADS);
        threads.setName("http");
        return threads;
    }

    private static HttpConnectionFactory http() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setResponseHeaderSize(HEADER_BYTES);
        // Behind a proxy each request of a connection has another token: the cache is filled, searched and thrown away
        // for
        // nothing. Were it there, it would have to be told that 'Bearer x' and 'Bearer X' are not the same.
        http.setHeaderCacheSize(0);
        return new HttpConnectionFactory(http);
    }

    private ServerConnector probes(InetSocketAddress address) {
        ServerConnector made = new ServerConnector(server, 1, 1, http()) {
            @Override
            protected SocketChannelEndPoint newEndPoint(
                    SocketChannel channel, ManagedSelector selector, SelectionKey key) {
                return tracked(this, channel, selector, key);
            }
        };
        made.setName(RequestDispatcher.PROBES);
        made.setHost(address.getAddress().getHostAddress());
        made.setPort(address.getPort());
        made.setIdleTimeout(settings.edge().idleTimeout().toMillis());
        made.setShutdownIdleTimeout(IDLE_TIMEOUT_WHILE_STOPPING.toMillis());
        return made;
    }

    /** A connection that {@link Deadlines} watches. */
    static TrackedEndPoint tracked(
            ServerConnector connector, SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        TrackedEndPoint end = new TrackedEndPoint(channel, selector, key, connector.getScheduler());
        end.setIdleTimeout(connector.getIdleTimeout());
        return end;
    }

    /**
     * Takes the port, so that a port that is taken is known before anything else is started. On a port of one's own
     * connections wait until {@link #start}.
     */
    public void bind() throws IOException {
        if (settings.reusePort()) {
            SharedPort port = SharedPort.take(settings.address());
            connector.setPort(port.port());
            taken = port;
        } else {
            connector.open();
        }
    }

    /** Takes the port for probes, if there is one. */
    public void bindProbes() throws IOException {
        if (probes.isPresent()) {
            probes.get().open();
        }
    }

    /** Starts to serve; on a shared port {@link #listen} does. */
    public void start() throws Exception {
        server.start();
        started.countDown();
    }

    /**
     * Takes a share of the connections of a shared port; on a port of one's own there is nothing to do. Waits for {@link #start};
     * does nothing once the server is to end.
     */
    public void listen() throws Exception {
        started.await();
        synchronized (listening) {
            SharedPort port = taken;
            if (port != null && !edge.draining()) {
                connector.open();
                server.addConnector(connector);
                connector.start();
                port.close();
                taken = null;
            }
        }
    }

    /** The port that was taken. */
    public int port() {
        return connector.getLocalPort() > 0 ? connector.getLocalPort() : connector.getPort();
    }

    /** The port that was taken for probes. */
    public Optional<Integer> probePort() {
        return probes.map(ServerConnector::getLocalPort);
    }

    /** Goes on serving, but asks for every connection to be closed after its answer. */
    public void drain() {
        edge.drain();
    }

    /** Stops listening, lets every open connection have its answers, and stops. */
    @Override
    public void close() {
        try {
            drain();
            synchronized (listening) {
                connector.finish(settings.stopTimeout());
                server.stop();
                loginThreads.shutdown();
                if (taken != null) {
                    taken.close();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while requests at work were ending", e);
        } catch (Exception e) {
            // Jetty's stop declares no less.
            throw new IllegalStateException("the HTTP server did not stop: " + e.getMessage(), e);
        }
    }
}
