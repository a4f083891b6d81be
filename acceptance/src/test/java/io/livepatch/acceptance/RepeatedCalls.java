package io.livepatch.acceptance;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that repeats a sequence of calls until it is closed. A failed call ends the round; the next round starts at the first
 * call.
 */
final class RepeatedCalls implements AutoCloseable {
    // Five calls twice a second, each on a new connection, stay below haproxy's limits for one source address.
    private static final Duration PACE = Duration.ofMillis(500);

    private final Map<String, Call> calls;
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicInteger consecutive = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final Thread thread;
    private volatile boolean stopped;
    private volatile Duration slowest = Duration.ZERO;
    private volatile String slowestCall = "none";

    /** A call that throws on an unexpected answer. */
    interface Call {
        void run() throws Exception;
    }

    private RepeatedCalls(Map<String, Call> calls) {
        this.calls = calls;
        this.thread = Thread.ofVirtual().unstarted(this::repeat);
    }

    static RepeatedCalls of(Map<String, Call> calls) {
        RepeatedCalls repeated = new RepeatedCalls(calls);
        repeated.thread.start();
        return repeated;
    }

    private void repeat() {
        while (!stopped) {
            int before = failures.size();
            for (Map.Entry<String, Call> call : calls.entrySet()) {
                if (!succeeds(call.getKey(), call.getValue())) {
                    break;
                }
            }
            consecutive.set(failures.size() == before ? consecutive.get() + 1 : 0);
            rounds.incrementAndGet();
            LockSupport.parkNanos(PACE.toNanos());
        }
    }

    private boolean succeeds(String name, Call call) {
        Instant started = Instant.now();
        try {
            call.run();
            return true;
        } catch (Exception e) {
            if (!stopped) {
                failures.add("%s after %d ms: %s"
                        .formatted(
                                name, Duration.between(started, Instant.now()).toMillis(), e));
            }
            return false;
        } finally {
            Duration took = Duration.between(started, Instant.now());
            if (!stopped && took.compareTo(slowest) > 0) {
                slowest = took;
                slowestCall = name;
            }
            done.incrementAndGet();
        }
    }

    /**
     * Waits for {@code more} complete rounds and at least {@code time}. Returns at the first failure unless {@code attacks.seconds} is
     * set: the long form reports figures of the whole time.
     */
    void awaitRounds(int more, Duration time) {
        int goal = rounds.get() + more;
        Instant end = Instant.now().plus(time);
        boolean untilEnd = System.getProperty("attacks.seconds") != null;
        await(more + " more rounds of " + calls.keySet())
                .atMost(time.plus(Duration.ofMinutes(3)))
                .until(() -> (!untilEnd && !failures.isEmpty())
                        || (rounds.get() >= goal && Instant.now().isAfter(end)));
    }

    /** Waits for consecutive rounds without a failure. */
    void awaitSuccessfulRounds(int consecutiveRounds, Duration atMost) {
        consecutive.set(0);
        await(consecutiveRounds + " rounds of " + calls.keySet() + " in a row without a failure")
                .atMost(atMost)
                .untilAsserted(() -> {
                    if (consecutive.get() < consecutiveRounds) {
                        throw new AssertionError(consecutive.get() + " in a row; failures so far: " + failures);
                    }
                });
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    String summary() {
        return "%d calls, %d failed, slowest %d ms (%s)"
                .formatted(done.get(), failures.size(), slowest.toMillis(), slowestCall);
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }
}
