package io.livepatch.fleet.workload;

import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The HTTP clients of a flock: one for each local address, with one selector thread and connection pool each, and one TLS context, whose sessions are
 * resumed. Responses are handled in virtual threads.
 */
public final class JdkHttp implements AutoCloseable {
    private static final String RESTRICTED = "jdk.httpclient.allowRestrictedHeaders";

    private final List<HttpClient> clients;
    private final ExecutorService threads;

    private JdkHttp(List<HttpClient> clients, ExecutorService threads) {
        this.clients = clients;
        this.threads = threads;
    }

    /**
     * Sets system properties that {@code java.net.http} reads once; call it before the process uses that package. Properties that are set already
     * stay.
     */
    public static void prepare() {
        setUnlessSet(RESTRICTED, "connection");
        // Shorter than haproxy's 15 s: a POST is lost on a connection that haproxy closes in the moment of its reuse.
        setUnlessSet("jdk.httpclient.keepalive.timeout", "10");
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    static JdkHttp open(Target target) {
        Transport transport = target.transport();
        if (transport.newConnections()) {
            requireClosing();
        }
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("http-", 0).factory());
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(transport.http2() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(transport.timeout())
                .executor(threads);
        target.authorities().map(CaBundle::sslContext).ifPresent(builder::sslContext);
        List<HttpClient> clients = transport.localAddresses().isEmpty()
                ? List.of(builder.build())
                : transport.localAddresses().stream()
                        .map(address -> builder.localAddress(address).build())
                        .toList();
        return new JdkHttp(clients, threads);
    }

    /**
     * Requires that the client may send {@code Connection: close}.
     *
     * @throws IllegalStateException if {@link #prepare} came too late
     */
    static void requireClosing() {
        try {
            var _ = HttpRequest.newBuilder(URI.create("http://localhost")).header("Connection", "close");
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "new connections need -D" + RESTRICTED
                            + "=connection, and this process was started without it: set it on the command line",
                    e);
        }
    }

    /** One for each local address. */
    List<HttpClient> clients() {
        return clients;
    }

    /** Aborts the requests in flight. */
    @Override
    public void close() {
        clients.forEach(HttpClient::shutdownNow);
        clients.forEach(HttpClient::close);
        threads.close();
    }
}
