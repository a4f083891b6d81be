package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A worker and what must be done for it to be so. */
record Step(Worker worker, List<WorkerAction> actions) {

    static Step of(Worker worker, WorkerAction... actions) {
        return new Step(worker, List.of(actions));
    }

    Step then(WorkerAction action) {
        List<WorkerAction> all = new ArrayList<>(actions);
        all.add(action);
        return new Step(worker, List.copyOf(all));
    }

    /** As it stands in problems: {@code 1.5 s}. */
    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
