package io.livepatch.fleet.workload;

import io.livepatch.fleet.stats.Recorder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Stores recorded calls in order. */
final class CallLog implements Recorder {
    final List<String> steps = new CopyOnWriteArrayList<>();
    final List<String> refusals = new CopyOnWriteArrayList<>();
    final List<String> units = new CopyOnWriteArrayList<>();
    final AtomicInteger unnamed = new AtomicInteger();
    final AtomicInteger held = new AtomicInteger();

    @Override
    public void step(String step, long begun, long ended, Optional<String> error) {
        steps.add(step + error.map(kind -> ": " + kind).orElse(""));
    }

    @Override
    public void refused(String step, int status, Duration retryAfter) {
        refusals.add(step + " " + status + " " + retryAfter);
    }

    @Override
    public void answered(String unit) {
        units.add(unit);
    }

    @Override
    public void unnamed() {
        unnamed.incrementAndGet();
    }

    @Override
    public void held() {
        held.incrementAndGet();
    }
}
