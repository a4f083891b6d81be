package io.livepatch.server;

import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.patch.inspect.Limits;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a unit listens, and what its operator is told when it cannot. */
final class ListenerBinding {
    /** How long open connections may live once the unit stops listening; a slow download of a large patch fits in. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(ListenerBinding.class);

    private static final int ANSWER_MILLIS = 1000;

    private ListenerBinding() {}

    /** As configured, and with no more uploads at once than memory has room for. */
    static HttpServer.Settings of(ServerConfig settings) {
        return new HttpServer.Settings(
                settings.address(),
                settings.workerAddress(),
                settings.reusePort(),
                settings.concurrencyLimit(),
                settings.burstLimit(),
                STOP_TIMEOUT,
                uploads(settings.edge().uploadLimit()),
                settings.edge());
    }

    private static int uploads(int wanted) {
        long heap = Runtime.getRuntime().maxMemory();
        int possible = Limits.inspectionsIn(heap);
        if (possible < wanted) {
            LOG.warn(
                    "server.upload-limit is {}, but a heap of {} MiB (-Xmx) has room for the inspection of {} uploads: no more"
                            + " are taken at once, the others wait",
                    wanted,
                    heap >> 20,
                    possible);
        }
        return Math.min(possible, wanted);
    }

    static void bind(HttpServer http, ServerConfig settings) {
        take(http::bind, settings.address(), "server.server-address");
        settings.workerAddress().ifPresent(address -> take(http::bindProbes, address, "server.worker-address"));
    }

    private interface Taking {
        void run() throws IOException;
    }

    private static void take(Taking port, InetSocketAddress address, String key) {
        try {
            port.run();
        } catch (IOException e) {
            throw new StartException(
                    "cannot listen on " + address.getHostString() + " port " + address.getPort() + " (" + reason(e)
                            + "); stop what listens there, or set " + key + " to another",
                    e);
        }
    }

    static Optional<String> listen(HttpServer http) {
        try {
            http.listen();
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } catch (Exception e) {
            // Jetty's start declares no less.
            return Optional.of("cannot listen on port " + http.port() + " (" + e.getMessage() + ")");
        }
    }

    /** Whether a process serves machines on the unit's port now; takes two seconds at most. */
    static boolean served(ServerConfig settings) {
        InetAddress address = settings.address().getAddress();
        String host = (address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address).getHostAddress();
        try {
            URI ready = new URI("http", null, host, settings.address().getPort(), "/health/ready/any", null, null);
            HttpURLConnection connection = (HttpURLConnection) ready.toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(ANSWER_MILLIS);
            connection.setReadTimeout(ANSWER_MILLIS);
            int status = connection.getResponseCode();
            connection.disconnect();
            return status == HttpURLConnection.HTTP_OK;
        } catch (IOException | URISyntaxException e) {
            return false;
        }
    }

    /** Jetty wraps what the system said. */
    private static String reason(IOException failure) {
        Throwable cause = failure.getCause();
        return String.valueOf(cause == null ? failure.getMessage() : cause.getMessage());
    }
}
