package io.livepatch.server;

import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.patch.inspect.InspectionLimits;
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

/** Binds the ports of a unit, with errors for the operator. */
final class ListenerBinding {
    /** How long open connections may last after the unit stopped listening: enough for a slow download of a large patch. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(ListenerBinding.class);

    private static final int TIMEOUT_MILLIS = 1000;

    private ListenerBinding() {}

    /** The configuration, with an upload limit that fits into memory. */
    static HttpServer.Settings of(ServerConfig settings) {
        return new HttpServer.Settings(
                settings.address(),
                settings.workerAddress(),
                settings.reusePort(),
                settings.concurrencyLimit(),
                settings.burstLimit(),
                STOP_TIMEOUT,
                uploadLimit(settings.clientLimits().uploadLimit()),
                settings.clientLimits());
    }

    private static int uploadLimit(int configured) {
        long heap = Runtime.getRuntime().maxMemory();
        int possible = InspectionLimits.inspectionsIn(heap);
        if (possible < configured) {
            LOG.warn(
                    "server.upload-limit is {}, but a heap of {} MiB (-Xmx) fits the inspection of {} uploads: that many run at"
                            + " once, the others wait",
                    configured,
                    heap >> 20,
                    possible);
        }
        return Math.min(possible, configured);
    }

    static void bind(HttpServer http, ServerConfig settings) {
        bindPort(http::bind, settings.address(), "server.server-address");
        settings.workerAddress().ifPresent(address -> bindPort(http::bindProbes, address, "server.worker-address"));
    }

    private interface Binding {
        void run() throws IOException;
    }

    private static void bindPort(Binding port, InetSocketAddress address, String key) {
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
            // Jetty's start declares Exception.
            return Optional.of("cannot listen on port " + http.port() + " (" + e.getMessage() + ")");
        }
    }

    /** Whether another process serves on the unit's port; takes two seconds at most. */
    static boolean isServed(ServerConfig settings) {
        InetAddress address = settings.address().getAddress();
        String host = (address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address).getHostAddress();
        try {
            URI ready = new URI("http", null, host, settings.address().getPort(), "/health/ready/any", null, null);
            HttpURLConnection connection = (HttpURLConnection) ready.toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            int status = connection.getResponseCode();
            connection.disconnect();
            return status == HttpURLConnection.HTTP_OK;
        } catch (IOException | URISyntaxException e) {
            return false;
        }
    }

    /** The message of the operating system, which Jetty wraps. */
    private static String reason(IOException failure) {
        Throwable cause = failure.getCause();
        return String.valueOf(cause == null ? failure.getMessage() : cause.getMessage());
    }
}
