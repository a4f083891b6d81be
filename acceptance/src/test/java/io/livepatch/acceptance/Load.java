package io.livepatch.acceptance;

import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Polling machines: half of them reuse their connection, half open a new one for each request. The pause between requests leaves
 * processor time to servers that start.
 */
final class Load implements AutoCloseable {
    private static final int MACHINES = 4;
    private static final Duration PACE = Duration.ofMillis(20);

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger done = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Load() {}

    static Load on(String url, Path ca) {
        Load load = new Load();
        for (int i = 0; i < MACHINES; i++) {
            boolean keep = i % 2 == 0;
            var _ = load.threads.submit(() -> load.poll(url, ca, keep));
        }
        return load;
    }

    private void poll(String url, Path ca, boolean keep) {
        try (Https kept = new Https(ca)) {
            while (!stopped.get()) {
                try {
                    HttpResponse<String> answer = keep ? kept.get(url) : getOnce(url, ca);
                    if (answer.statusCode() != 200) {
                        failures.add(answer.statusCode() + " " + answer.body());
                    }
                } catch (RuntimeException e) {
                    failures.add(String.valueOf(e));
                }
                done.incrementAndGet();
                LockSupport.parkNanos(PACE.toNanos());
            }
        }
    }

    private static HttpResponse<String> getOnce(String url, Path ca) {
        try (Https once = new Https(ca)) {
            return once.get(url);
        }
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    void awaitMore(int requests) {
        int goal = done.get() + requests;
        await(requests + " more requests").atMost(Duration.ofMinutes(1)).until(() -> done.get() >= goal);
    }

    @Override
    public void close() {
        stopped.set(true);
        threads.close();
    }
}
