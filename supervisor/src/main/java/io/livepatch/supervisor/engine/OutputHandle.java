package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import org.jspecify.annotations.Nullable;

/** Where the processes of one number write to, one after the other: opened for the first, kept for the next. */
final class OutputHandle {

    private final WorkerOutput.Factory outputs;
    private @Nullable WorkerOutput current;

    OutputHandle(WorkerOutput.Factory outputs) {
        this.outputs = outputs;
    }

    /** The place, which may not be there: what that throws rises. */
    WorkerOutput open(PoolSpec spec, String workerId, int worker) {
        WorkerOutput open = current;
        if (open == null) {
            open = outputs.open(spec, workerId, worker);
            current = open;
        }
        return open;
    }

    /** The next {@link #open} opens anew. */
    void close() {
        WorkerOutput open = current;
        current = null;
        if (open != null) {
            open.close();
        }
    }
}
