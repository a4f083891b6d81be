package io.livepatch.fleet.stats;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.Histogram;

/**
 * One of several parallel recordings of the same flock, each with a lock that hardly two threads meet at. What happened in the present second is
 * kept here and handed to {@link TimeSeries} when the second changes or somebody looks.
 */
final class RecorderShard {
    private final TimeSeries timeSeries;
    // Fair: one who looks would else wait for minutes while threads that do nothing but record pass the lock to each
    // other.
    private final ReentrantLock lock = new ReentrantLock(true);
    // These grow with the values that they get to see: a few tens of kilobytes, where the whole range takes 200.
    private final Histogram lateness = new Histogram(Latency.DIGITS);
    private final Histogram response = new Histogram(Latency.DIGITS);
    private final Histogram service = new Histogram(Latency.DIGITS);
    private final Map<String, Histogram> steps = new HashMap<>();

    private final Histogram responseNow = new Histogram(Latency.DIGITS);
    private final Histogram serviceNow = new Histogram(Latency.DIGITS);
    private int dueSecond;
    private long offered;
    private long unjudged;
    private int overSecond;
    private long over;
    private int second;
    private long failed;
    private long refused;

    RecorderShard(TimeSeries timeSeries) {
        this.timeSeries = timeSeries;
    }

    void due(int at, boolean judged, long lateMicros) {
        lock.lock();
        try {
            if (at != dueSecond) {
                handOverOffered();
                dueSecond = at;
            }
            offered++;
            if (judged) {
                lateness.recordValue(lateMicros);
            } else {
                unjudged++;
            }
        } finally {
            lock.unlock();
        }
    }

    /** A turn that was due in one second has ended well in another. */
    void ok(int due, int at, boolean judged, long responseMicros, long serviceMicros) {
        lock.lock();
        try {
            reach(at);
            if (judged) {
                isOver(due);
                response.recordValue(responseMicros);
                service.recordValue(serviceMicros);
            }
            responseNow.recordValue(responseMicros);
            serviceNow.recordValue(serviceMicros);
        } finally {
            lock.unlock();
        }
    }

    void failed(int due, int at, boolean judged) {
        lock.lock();
        try {
            reach(at);
            failed++;
            if (judged) {
                isOver(due);
            }
        } finally {
            lock.unlock();
        }
    }

    void refused(int at) {
        lock.lock();
        try {
            reach(at);
            refused++;
        } finally {
            lock.unlock();
        }
    }

    void step(String step, long micros) {
        lock.lock();
        try {
            steps.computeIfAbsent(step, any -> new Histogram(Latency.DIGITS)).recordValue(micros);
        } finally {
            lock.unlock();
        }
    }

    private void reach(int at) {
        if (at != second) {
            handOverEnded();
            second = at;
        }
    }

    private void isOver(int due) {
        if (due != overSecond) {
            handOverOver();
            overSecond = due;
        }
        over++;
    }

    private void handOverOffered() {
        if (offered > 0) {
            timeSeries.offered(dueSecond, offered, unjudged);
            offered = 0;
            unjudged = 0;
        }
    }

    private void handOverOver() {
        if (over > 0) {
            timeSeries.over(overSecond, over);
            over = 0;
        }
    }

    private void handOverEnded() {
        if (failed > 0 || refused > 0 || responseNow.getTotalCount() > 0) {
            timeSeries.ended(second, failed, refused, responseNow, serviceNow);
            failed = 0;
            refused = 0;
            responseNow.reset();
            serviceNow.reset();
        }
    }

    /** Adds all that was recorded to these sums, and hands over what belongs to seconds. */
    void addTo(Histogram lateSum, Histogram responseSum, Histogram serviceSum) {
        lock.lock();
        try {
            handOverOffered();
            handOverOver();
            handOverEnded();
            lateSum.add(lateness);
            responseSum.add(response);
            serviceSum.add(service);
        } finally {
            lock.unlock();
        }
    }

    /** Adds the calls within turns to these sums. */
    void addTo(Map<String, Histogram> sums) {
        lock.lock();
        try {
            steps.forEach((step, times) -> sums.computeIfAbsent(step, any -> new Histogram(Latency.DIGITS))
                    .add(times));
        } finally {
            lock.unlock();
        }
    }
}
