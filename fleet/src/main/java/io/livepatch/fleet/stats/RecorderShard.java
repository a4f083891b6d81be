package io.livepatch.fleet.stats;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.Histogram;

/**
 * One of several parallel recordings of a flock, each with its own lock, so that threads rarely contend. Counts of the current second are kept here,
 * and added to {@link TimeSeries} when the second changes or a snapshot is taken.
 */
final class RecorderShard {
    private final TimeSeries timeSeries;
    // Fair: with an unfair lock, threads that do nothing but record starve the one that takes a snapshot, for minutes.
    private final ReentrantLock lock = new ReentrantLock(true);
    // Auto-resizing: a few tens of kilobytes each, instead of the 200 KB of the whole range.
    private final Histogram lateness = new Histogram(Latency.DIGITS);
    private final Histogram response = new Histogram(Latency.DIGITS);
    private final Histogram service = new Histogram(Latency.DIGITS);
    private final Map<String, Histogram> steps = new HashMap<>();

    private final Histogram currentResponse = new Histogram(Latency.DIGITS);
    private final Histogram currentService = new Histogram(Latency.DIGITS);
    private int dueSecond;
    private long offered;
    private long warmUp;
    private int completedSecond;
    private long completed;
    private int endSecond;
    private long failed;
    private long refused;

    RecorderShard(TimeSeries timeSeries) {
        this.timeSeries = timeSeries;
    }

    void began(int second, boolean measured, long lateMicros) {
        locked(() -> {
            if (second != dueSecond) {
                flushOffered();
                dueSecond = second;
            }
            offered++;
            if (measured) {
                lateness.recordValue(lateMicros);
            } else {
                warmUp++;
            }
        });
    }

    void succeeded(int due, int end, boolean measured, long responseMicros, long serviceMicros) {
        locked(() -> {
            reach(end);
            if (measured) {
                complete(due);
                response.recordValue(responseMicros);
                service.recordValue(serviceMicros);
            }
            currentResponse.recordValue(responseMicros);
            currentService.recordValue(serviceMicros);
        });
    }

    void failed(int due, int end, boolean measured) {
        locked(() -> {
            reach(end);
            failed++;
            if (measured) {
                complete(due);
            }
        });
    }

    void refused(int second) {
        locked(() -> {
            reach(second);
            refused++;
        });
    }

    void step(String step, long micros) {
        locked(() ->
                steps.computeIfAbsent(step, _ -> new Histogram(Latency.DIGITS)).recordValue(micros));
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    private void reach(int second) {
        if (second != endSecond) {
            flushEnded();
            endSecond = second;
        }
    }

    private void complete(int due) {
        if (due != completedSecond) {
            flushCompleted();
            completedSecond = due;
        }
        completed++;
    }

    private void flushOffered() {
        if (offered > 0) {
            timeSeries.offered(dueSecond, offered, warmUp);
            offered = 0;
            warmUp = 0;
        }
    }

    private void flushCompleted() {
        if (completed > 0) {
            timeSeries.completed(completedSecond, completed);
            completed = 0;
        }
    }

    private void flushEnded() {
        if (failed > 0 || refused > 0 || currentResponse.getTotalCount() > 0) {
            timeSeries.ended(endSecond, failed, refused, currentResponse, currentService);
            failed = 0;
            refused = 0;
            currentResponse.reset();
            currentService.reset();
        }
    }

    /** Adds the whole recording to these sums, and flushes the counts of the current second. */
    void addTo(Histogram lateSum, Histogram responseSum, Histogram serviceSum, Map<String, Histogram> stepSums) {
        locked(() -> {
            flushOffered();
            flushCompleted();
            flushEnded();
            lateSum.add(lateness);
            responseSum.add(response);
            serviceSum.add(service);
            steps.forEach((step, times) -> stepSums.computeIfAbsent(step, _ -> new Histogram(Latency.DIGITS))
                    .add(times));
        });
    }
}
