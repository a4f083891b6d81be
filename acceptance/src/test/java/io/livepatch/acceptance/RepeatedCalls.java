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
 * One client that makes the same calls again and again, in their order, until it is closed. After a call that failed it begins anew
 * with the first.
 */
final class RepeatedCalls implements AutoCloseable {
    // Five calls twice a second, each on a new connection, stay below the limits that haproxy sets each source.
    private static final Duration PACE = Duration.ofMillis(500);

    private final Map<String, Call> calls;
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicInteger inARow = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final Thread thread;
    private volatile boolean stopped;
    private volatile Duration slowest = Duration.ZERO;
    private volatile String slowestCall = "none";

    /** A call; it throws when it is not answered as it should be. */
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
            inARow.set(failures.size() == before ? inARow.get() + 1 : 0);
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
     * Waits until this many whole rounds ran, and for this time. Returns at the first failure where {@code attacks.seconds} is not
     * set: then the result is wanted soon, else the figures of the whole time.
     */
    void awaitRounds(int more, Duration time) {
        int goal = rounds.get() + more;
        Instant end = Instant.now().plus(time);
        boolean toTheEnd = System.getProperty("attacks.seconds") != null;
        await(more + " more rounds of " + calls.keySet())
                .atMost(time.plus(Duration.ofMinutes(3)))
                .until(() -> (!toTheEnd && !failures.isEmpty())
                        || (rounds.get() >= goal && Instant.now().isAfter(end)));
    }

    /** Waits until this many rounds in a row had no failure. */
    void awaitServed(int roundsInARow, Duration atMost) {
        inARow.set(0);
        await(roundsInARow + " rounds of " + calls.keySet() + " in a row without a failure")
                .atMost(atMost)
                .untilAsserted(() -> {
                    if (inARow.get() < roundsInARow) {
                        throw new AssertionError(inARow.get() + " in a row; failures so far: " + failures);
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
