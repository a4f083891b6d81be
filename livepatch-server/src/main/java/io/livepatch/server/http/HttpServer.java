package io.livepatch.server.http;

import io.livepatch.server.config.ServerConfig.ClientLimits;
import io.livepatch.server.http.BodyReader.BodyMemory;
import io.livepatch.server.http.GracefulConnector.ConnectionLimits;
import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
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
 * The Jetty server; {@code RequestDispatcher} shows the path of a request.
 *
 * <p>Lifecycle: {@link #bind} binds the ports, {@link #start} serves on them, {@link #drain}, then {@link #close}. On a shared port the
 * server listens only after {@link #listen}: the kernel distributes connections to every listener, also to one that is not ready.
 */
public final class HttpServer implements AutoCloseable {
    static final int THREADS = 140;
    private static final int IDLE_THREADS = 8;
    private static final Duration IDLE_TIMEOUT_WHILE_STOPPING = Duration.ofMillis(200);
    /** For probes, and for requests that exceeded the timeout of {@link GracefulConnector#finish}. */
    private static final Duration JETTY_STOP_TIMEOUT = Duration.ofSeconds(1);

    /**
     * Linux sizes the send buffer of a loopback connection, whose segments have 64 KiB, up to 3 MB. A thousand slow readers then exhaust
     * the kernel's memory for TCP (net.ipv4.tcp_mem), and it drops the packets of other clients.
     */
    private static final int SEND_BUFFER_BYTES = 256 << 10;

    private static final int HEADER_BYTES = 8 << 10;

    private final ServerAdmission admission;
    private final ExecutorService loginThreads = Executors.newFixedThreadPool(
            ServerAdmission.LOGIN_THREADS,
            Thread.ofPlatform().name("log-in-", 1).daemon().factory());
    private final RequestDispatcher dispatcher;
    private final Server server = new Server(threads());
    private final GracefulConnector connector;
    private final Optional<ServerConnector> probes;
    private final CountDownLatch started = new CountDownLatch(1);
    private final Object listening = new Object();
    private volatile Settings settings;
    private @Nullable PortReservation reservation;

    /**
     * The addresses and limits of the server.
     *
     * @param address port 0 selects a free one
     * @param workerAddress of a listener of this process alone, which answers only probes
     * @param reusePort whether several processes share the port of {@code address}
     * @param concurrencyLimit concurrent check-ins
     * @param burstLimit queued requests of each kind
     * @param stopTimeout how long {@link #close} waits for open connections
     * @param uploads concurrent uploads
     * @param clientLimits bounds on the resources of one client
     */
    public record Settings(
            InetSocketAddress address,
            Optional<InetSocketAddress> workerAddress,
            boolean reusePort,
            int concurrencyLimit,
            int burstLimit,
            Duration stopTimeout,
            int uploads,
            ClientLimits clientLimits) {}

    /** Answers these routes directly, and all other requests with Jersey behind these guards. Starts nothing. */
    public HttpServer(
            Settings settings, List<DirectRoute> routes, List<Guard> guards, ResourceConfig jersey, Metrics metrics) {
        this.settings = settings;
        this.admission = new ServerAdmission(routes, settings, metrics);
        ClientAddresses clientAddresses =
                new ClientAddresses(() -> this.settings.clientLimits().trustedProxies());
        this.dispatcher = new RequestDispatcher(
                admission.routes(),
                guards,
                admission.jersey(),
                loginThreads,
                new Exchange.Services(metrics, clientAddresses, new BodyMemory()),
                servlets(jersey));
        this.connector = new GracefulConnector(
                server,
                http(),
                settings.address(),
                settings.reusePort(),
                new ConnectionLimits(this::clientLimits, clientAddresses, metrics));
        connector.setIdleTimeout(settings.clientLimits().idleTimeout().toMillis());
        connector.setAcceptedSendBufferSize(SEND_BUFFER_BYTES);
        connector.setShutdownIdleTimeout(IDLE_TIMEOUT_WHILE_STOPPING.toMillis());
        this.probes = settings.workerAddress().map(this::probes);
        if (!settings.reusePort()) {
            server.addConnector(connector);
        }
        probes.ifPresent(server::addConnector);
        server.setHandler(dispatcher);
        server.setErrorHandler(Exchange::handleError);
        server.setRequestLog(new RequestLogger(metrics, clientAddresses));
        server.setStopTimeout(JETTY_STOP_TIMEOUT.toMillis());
        server.addBean(new Deadlines(server, this::clientLimits, metrics), true);
    }

    private ClientLimits clientLimits() {
        return settings.clientLimits();
    }

    /** Changes the limits while the server runs; the addresses of the new settings are ignored. */
    public synchronized void changeLimits(Settings next) {
        settings = new Settings(
                settings.address(),
                settings.workerAddress(),
                settings.reusePort(),
                next.concurrencyLimit(),
                next.burstLimit(),
                settings.stopTimeout(),
                next.uploads(),
                next.clientLimits());
        admission.change(next);
        changeIdleTimeout(connector, next.clientLimits().idleTimeout());
        probes.ifPresent(probe -> changeIdleTimeout(probe, next.clientLimits().idleTimeout()));
    }

    private static void changeIdleTimeout(ServerConnector connector, Duration timeout) {
        connector.setIdleTimeout(timeout.toMillis());
        connector.getConnectedEndPoints().forEach(end -> end.setIdleTimeout(timeout.toMillis()));
    }

    private static ServletContextHandler servlets(ResourceConfig jersey) {
        ServletContextHandler servlets = new ServletContextHandler("/", false, false);
        servlets.setErrorHandler(Exchange::handleError);
        servlets.addServlet(new ServletHolder("jersey", new ServletContainer(jersey)), "/*");
        return servlets;
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
        // Behind a proxy each request of a connection has another token, so the cache would never hit. It also compares
        // values without case, and 'Bearer x' is another token than 'Bearer X'.
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
        made.setIdleTimeout(settings.clientLimits().idleTimeout().toMillis());
        made.setShutdownIdleTimeout(IDLE_TIMEOUT_WHILE_STOPPING.toMillis());
        return made;
    }

    static TrackedEndPoint tracked(
            ServerConnector connector, SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        TrackedEndPoint end = new TrackedEndPoint(channel, selector, key, connector.getScheduler());
        end.setIdleTimeout(connector.getIdleTimeout());
        return end;
    }

    /** Binds the port, so that a port in use fails before anything is started. On an unshared port connections queue until {@link #start}. */
    public void bind() throws IOException {
        if (settings.reusePort()) {
            PortReservation port = PortReservation.reserve(settings.address());
            connector.setPort(port.port());
            reservation = port;
        } else {
            connector.open();
        }
    }

    /** Binds the port for probes, if one is configured. */
    public void bindProbes() throws IOException {
        if (probes.isPresent()) {
            probes.get().open();
        }
    }

    /** Starts to serve, on a shared port only probes. */
    public void start() throws Exception {
        server.start();
        started.countDown();
    }

    /** Listens on a shared port; no effect on an unshared one, or after {@link #drain}. Waits for {@link #start}. */
    public void listen() throws Exception {
        started.await();
        synchronized (listening) {
            PortReservation port = reservation;
            if (port != null && !dispatcher.draining()) {
                connector.open();
                server.addConnector(connector);
                connector.start();
                port.close();
                reservation = null;
            }
        }
    }

    public int port() {
        return connector.getLocalPort() > 0 ? connector.getLocalPort() : connector.getPort();
    }

    public Optional<Integer> probePort() {
        return probes.map(ServerConnector::getLocalPort);
    }

    /** Continues to serve, with {@code Connection: close} in every answer. */
    public void drain() {
        dispatcher.drain();
    }

    /** Stops listening, waits for the answers of open connections, and stops. */
    @Override
    public void close() {
        try {
            drain();
            synchronized (listening) {
                connector.finish(settings.stopTimeout());
                server.stop();
                loginThreads.shutdown();
                if (reservation != null) {
                    reservation.close();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for open requests", e);
        } catch (Exception e) {
            throw new IllegalStateException("the HTTP server did not stop: " + e.getMessage(), e);
        }
    }
}
