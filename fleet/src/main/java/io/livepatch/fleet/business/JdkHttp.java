package io.livepatch.fleet.business;

import io.livepatch.fleet.CaBundle;
import io.livepatch.fleet.flock.Target;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The JDK's HTTP client as a flock needs it: one for all its machines, so one selector thread, one pool of connections, and one TLS context
 * whose sessions are resumed. Answers are dealt with in virtual threads.
 */
public final class JdkHttp implements AutoCloseable {
    private static final String RESTRICTED = "jdk.httpclient.allowRestrictedHeaders";

    private final HttpClient client;
    private final ExecutorService threads;

    private JdkHttp(HttpClient client, ExecutorService threads) {
        this.client = client;
        this.threads = threads;
    }

    /**
     * Sets what the JDK reads only once: to be called before the process touches anything of {@code java.net.http}. What the user has set
     * stays.
     */
    public static void prepare() {
        setUnlessSet(RESTRICTED, "connection");
        // Shorter than haproxy's 15 s: on a connection that the other side closes in the moment it is used again, a
        // POST is lost.
        setUnlessSet("jdk.httpclient.keepalive.timeout", "10");
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    static JdkHttp open(Target target) {
        if (target.newConnections()) {
            requireClosing();
        }
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("http-", 0).factory());
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(target.http2() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(target.timeout())
                .executor(threads);
        target.authorities().map(CaBundle::sslContext).ifPresent(builder::sslContext);
        return new JdkHttp(builder.build(), threads);
    }

    private static void requireClosing() {
        try {
            var _ = HttpRequest.newBuilder(URI.create("http://localhost")).header("Connection", "close");
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "new connections need -D" + RESTRICTED
                            + "=connection, and this process has begun without it: set it on the command line",
                    e);
        }
    }

    HttpClient client() {
        return client;
    }

    /** Breaks off what is under way. */
    @Override
    public void close() {
        client.shutdownNow();
        client.close();
        threads.close();
    }
}
