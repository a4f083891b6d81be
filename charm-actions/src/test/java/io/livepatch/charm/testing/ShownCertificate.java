package io.livepatch.charm.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The certificate that a server presents in a TLS handshake, and a light load of requests with new TLS connections. */
public final class ShownCertificate {
    private static final int TIMEOUT = 15_000;
    private static final SSLContext ANYTHING = trustingAnything();

    private ShownCertificate() {}

    /** The chain of a handshake, the server's own certificate first. */
    public static List<X509Certificate> chain(String address, int port) {
        try (SSLSocket socket = connect(address, port)) {
            return Stream.of(socket.getSession().getPeerCertificates())
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (SSLPeerUnverifiedException e) {
            throw new AssertionError("no certificate was shown", e);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The answer to a GET: its body, or its first line if it is not 200. */
    public static String get(String address, int port, String path) {
        try (SSLSocket socket = connect(address, port)) {
            String answer = get(socket, path);
            return answer.startsWith("HTTP/1.1 200 ")
                    ? answer.substring(answer.indexOf("\r\n\r\n") + 4)
                    : answer.lines().findFirst().orElse("an empty answer");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String get(SSLSocket socket, String path) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static SSLSocket connect(String address, int port) throws IOException {
        SSLSocket socket = (SSLSocket) ANYTHING.getSocketFactory().createSocket();
        socket.connect(new InetSocketAddress(address, port), TIMEOUT);
        socket.setSoTimeout(TIMEOUT);
        socket.startHandshake();
        return socket;
    }

    private static SSLContext trustingAnything() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Anything()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Two clients that send requests one after the other, with a new connection each, and count each answer that is not 200. */
    public static final class Load implements AutoCloseable {
        /** Leaves processor time to what the tests do meanwhile: a handshake takes about a millisecond of it on each side. */
        private static final long PAUSE = 5_000_000;

        private final AtomicBoolean stopped = new AtomicBoolean();
        private final AtomicInteger done = new AtomicInteger();
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

        public static Load on(String address, int port) {
            Load load = new Load();
            for (int client = 0; client < 2; client++) {
                var _ = load.threads.submit(() -> load.ask(address, port));
            }
            return load;
        }

        private void ask(String address, int port) {
            while (!stopped.get()) {
                try (SSLSocket socket = connect(address, port)) {
                    String answer = get(socket, "/health/ready");
                    if (!answer.startsWith("HTTP/1.1 200 ")) {
                        failures.add(answer.lines().findFirst().orElse("an empty answer"));
                    }
                } catch (IOException e) {
                    failures.add(String.valueOf(e));
                }
                done.incrementAndGet();
                LockSupport.parkNanos(PAUSE);
            }
        }

        public int done() {
            return done.get();
        }

        /** Waits until this many more requests were answered. */
        public void awaitMore(int requests) {
            int goal = done.get() + requests;
            await(requests + " more requests").atMost(Duration.ofMinutes(1)).until(() -> done.get() >= goal);
        }

        public List<String> failures() {
            return List.copyOf(failures);
        }

        @Override
        public void close() {
            stopped.set(true);
            threads.close();
        }
    }

    private static final class Anything implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
