package io.livepatch.server.http;

import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/** Jetty, wired as {@code Edge} draws it. */
public final class HttpServer implements AutoCloseable {
    private static final int THREADS = 100;
    private static final int IDLE_THREADS = 8;
    /** Jersey never takes the last threads: selectors and whoever completes answers need some. */
    private static final int BLOCKING_REQUESTS = 64;

    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration IDLE_TIMEOUT_WHILE_STOPPING = Duration.ofMillis(200);
    private static final int HEADER_BYTES = 8 << 10;
    private static final int BACKLOG = 1024;

    private final Settings settings;
    private final Edge edge;
    private final Server server = new Server(threads());
    private final ServerConnector connector;

    /**
     * How the server listens, and how much it takes on.
     *
     * @param address port 0 takes a free one
     * @param concurrencyLimit requests at work at once
     * @param burstLimit requests waiting for their turn
     * @param stopTimeout how long {@link #close} waits for requests at work
     * @param reusePort whether several processes may share the port
     */
    public record Settings(
            InetSocketAddress address, int concurrencyLimit, int burstLimit, Duration stopTimeout, boolean reusePort) {}

    /** A server for these hot routes, and Jersey for all others. Nothing runs yet. */
    public HttpServer(Settings settings, List<HotRoute> routes, ResourceConfig jersey, Metrics metrics) {
        this.settings = settings;
        ServletContextHandler servlets = new ServletContextHandler("/", false, false);
        servlets.setErrorHandler(new ProblemErrorHandler());
        servlets.addServlet(new ServletHolder("jersey", new ServletContainer(jersey)), "/*");
        this.edge = new Edge(
                routes,
                new Governor(settings.concurrencyLimit(), settings.burstLimit()),
                new Governor(BLOCKING_REQUESTS, settings.concurrencyLimit()),
                metrics,
                servlets);
        this.connector = connector();
        server.addConnector(connector);
        server.setHandler(edge);
        server.setErrorHandler(new ProblemErrorHandler());
        server.setRequestLog(new RequestLines(metrics));
        server.setStopTimeout(settings.stopTimeout().toMillis());
    }

    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, IDLE_THREADS);
        threads.setName("http");
        return threads;
    }

    private ServerConnector connector() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setResponseHeaderSize(HEADER_BYTES);
        // Otherwise 'Bearer x' turns the next token of the same connection that begins with 'X' into one that begins
        // with 'x'.
        http.setHeaderCacheCaseSensitive(true);
        int selectors = Runtime.getRuntime().availableProcessors();
        ServerConnector made = new ServerConnector(server, 1, selectors, new HttpConnectionFactory(http));
        made.setHost(settings.address().getAddress().getHostAddress());
        made.setPort(settings.address().getPort());
        made.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        made.setShutdownIdleTimeout(IDLE_TIMEOUT_WHILE_STOPPING.toMillis());
        made.setAcceptQueueSize(BACKLOG);
        made.setReusePort(settings.reusePort());
        return made;
    }

    /**
     * Takes the port, so that a port that is taken is known before anything else is started. Connections wait until
     * {@link #start}.
     */
    public void bind() throws IOException {
        connector.open();
    }

    /** Starts to serve. */
    public void start() throws Exception {
        server.start();
    }

    /** The port that was taken. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Goes on serving, but asks for every connection to be closed after its answer. */
    public void drain() {
        edge.drain();
    }

    /** Stops accepting, lets the requests at work end, and stops. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while requests at work were ending", e);
        } catch (Exception e) {
            // Jetty's stop declares no less.
            throw new IllegalStateException("the HTTP server did not stop: " + e.getMessage(), e);
        }
    }
}
