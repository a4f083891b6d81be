package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A worker and what must be done for it to be so. */
record Transition(Worker worker, List<WorkerAction> actions) {

    static Transition of(Worker worker, WorkerAction... actions) {
        return new Transition(worker, List.of(actions));
    }

    Transition then(WorkerAction action) {
        List<WorkerAction> all = new ArrayList<>(actions);
        all.add(action);
        return new Transition(worker, List.copyOf(all));
    }

    /** As it stands in problems: {@code 1.5 s}. */
    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
