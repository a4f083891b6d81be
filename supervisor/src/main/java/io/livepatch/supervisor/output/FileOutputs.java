package io.livepatch.supervisor.output;

import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerOutput;

/** Each worker's output to its own rotated file, as it comes. */
public final class FileOutputs implements WorkerOutput.Factory {

    @Override
    public WorkerOutput open(PoolSpec spec, String workerId, int worker) {
        LogSpec log = spec.log()
                .orElseThrow(() -> new SupervisorException.InvalidSpec(
                        "pool '%s' says nothing of a log, and its output has to go somewhere".formatted(spec.name())));
        return new LogFile(log.fileOf(worker), log.maxBytes(), log.keep());
    }
}
