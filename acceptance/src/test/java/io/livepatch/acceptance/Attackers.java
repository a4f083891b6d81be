package io.livepatch.acceptance;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** An attack that runs until it is closed: a virtual thread for each of its connections. */
final class Attackers implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 15_000;
    private static final int SMALL_RECEIVE_BUFFER = 2_048;

    private final Attack attack;
    private final RunningStack stack;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger begun = new AtomicInteger();
    private final LongAdder opened = new LongAdder();
    private final LongAdder broken = new LongAdder();
    private final Map<Integer, LongAdder> statuses = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    private Attackers(Attack attack, RunningStack stack) {
        this.attack = attack;
        this.stack = stack;
    }

    /** Returns when each connection is in the midst of its conduct, or was refused. */
    static Attackers start(Attack attack, RunningStack stack) {
        Attackers attackers = new Attackers(attack, stack);
        for (int i = 0; i < attack.connections(); i++) {
            String source = stack.attacker(i % attack.sources());
            var _ = attackers.threads.submit(() -> attackers.repeat(source));
        }
        await("every connection of '" + attack + "' is begun")
                .atMost(Duration.ofMinutes(2))
                .until(() -> attackers.begun.get() == attack.connections());
        return attackers;
    }

    private void repeat(String source) {
        for (int i = 0; i < Attack.REPEATS && !stopped; i++) {
            boolean first = i == 0;
            // Closed by a reset, so that no port of the attacker waits for the end of TIME_WAIT.
            try (Socket plain = new Socket()) {
                AttackConnection connection = open(plain, source);
                opened.increment();
                attack.conduct().begin().take(connection);
                if (first) {
                    begun.incrementAndGet();
                    first = false;
                }
                attack.conduct().goOn().take(connection);
            } catch (IOException _) {
                broken.increment();
            } finally {
                if (first) {
                    begun.incrementAndGet();
                }
            }
            LockSupport.parkNanos(attack.pause().toNanos());
        }
    }

    private AttackConnection open(Socket plain, String source) throws IOException {
        boolean unit = attack.target() == Attack.Target.UNIT;
        boolean https = !unit && attack.target() != Attack.Target.REDIRECT;
        plain.setSoLinger(true, 0);
        plain.setReceiveBufferSize(SMALL_RECEIVE_BUFFER);
        plain.bind(new InetSocketAddress(source, 0));
        plain.setSoTimeout(PATIENCE_MILLIS);
        plain.connect(
                new InetSocketAddress(
                        unit ? stack.unit() : stack.haproxy(), https ? RunningStack.HTTPS : RunningStack.HTTP),
                PATIENCE_MILLIS);
        Socket socket = switch (attack.target()) {
            case HTTPS -> secured(plain, "http/1.1");
            case HTTPS_HTTP2 -> secured(plain, "h2");
            case HTTPS_WITHOUT_TLS, REDIRECT, UNIT -> plain;
        };
        return new AttackConnection(socket, this::count);
    }

    private SSLSocket secured(Socket plain, String protocol) throws IOException {
        SSLSocket socket = (SSLSocket)
                stack.tls().getSocketFactory().createSocket(plain, stack.haproxy(), RunningStack.HTTPS, false);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private void count(int status) {
        statuses.computeIfAbsent(status, _ -> new LongAdder()).increment();
    }

    long opened() {
        return opened.sum();
    }

    /** What the servers answered, and how often. */
    Map<Integer, Long> statuses() {
        Map<Integer, Long> sums = new TreeMap<>();
        statuses.forEach((status, count) -> sums.put(status, count.sum()));
        return sums;
    }

    String summary() {
        return "attackers opened %d, %d of them broken off, answers %s".formatted(opened(), broken.sum(), statuses());
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
        threads.close();
    }
}
