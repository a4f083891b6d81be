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

/** An attack in progress, with one virtual thread for each connection. Closing it ends the attack. */
final class RunningAttack implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 15_000;
    private static final int SMALL_RECEIVE_BUFFER = 2_048;

    private final Attack attack;
    private final RunningStack stack;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger begun = new AtomicInteger();
    private final LongAdder opened = new LongAdder();
    private final LongAdder broken = new LongAdder();
    private final Map<Integer, LongAdder> statuses = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    private RunningAttack(Attack attack, RunningStack stack) {
        this.attack = attack;
        this.stack = stack;
    }

    /** Returns when each connection has reached the attacked state or was refused. */
    static RunningAttack start(Attack attack, RunningStack stack) {
        RunningAttack runningAttack = new RunningAttack(attack, stack);
        for (int i = 0; i < attack.connections(); i++) {
            String source = stack.attacker(i % attack.sources());
            var _ = runningAttack.threads.submit(() -> runningAttack.repeat(source));
        }
        await("every connection of '" + attack + "' is begun")
                .atMost(Duration.ofMinutes(2))
                .until(() -> runningAttack.begun.get() == attack.connections());
        return runningAttack;
    }

    private void repeat(String source) {
        for (int i = 0; i < Attack.REPEATS && !stopped; i++) {
            boolean first = i == 0;
            // SO_LINGER 0 closes with a reset, so the attacker's ports do not stay in TIME_WAIT.
            try (Socket plain = new Socket()) {
                AttackConnection connection = open(plain, source);
                opened.increment();
                attack.behavior().begin().exchange(connection);
                if (first) {
                    begun.incrementAndGet();
                    first = false;
                }
                attack.behavior().sustain().exchange(connection);
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
        plain.setSoTimeout(TIMEOUT_MILLIS);
        plain.connect(
                new InetSocketAddress(
                        unit ? stack.unit() : stack.haproxy(), https ? RunningStack.HTTPS : RunningStack.HTTP),
                TIMEOUT_MILLIS);
        Socket socket = switch (attack.target()) {
            case HTTPS -> openTls(plain, "http/1.1");
            case HTTPS_HTTP2 -> openTls(plain, "h2");
            case HTTPS_WITHOUT_TLS, REDIRECT, UNIT -> plain;
        };
        return new AttackConnection(socket, this::count);
    }

    private SSLSocket openTls(Socket plain, String protocol) throws IOException {
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

    /** Number of answers by HTTP status. */
    Map<Integer, Long> statuses() {
        Map<Integer, Long> sums = new TreeMap<>();
        statuses.forEach((status, count) -> sums.put(status, count.sum()));
        return sums;
    }

    String summary() {
        return "attack: %d connections opened, %d broken off, answers %s".formatted(opened(), broken.sum(), statuses());
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
        threads.close();
    }
}
