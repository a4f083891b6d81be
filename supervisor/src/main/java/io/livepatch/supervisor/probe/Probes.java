package io.livepatch.supervisor.probe;

import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.WorkerPorts;
import io.livepatch.supervisor.process.Processes;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** The seam to whatever looks at workers from outside. */
public interface Probes {

    /**
     * Makes one probe without blocking and answers once, on any thread, within about {@code timeout}: empty when it passed,
     * else why not, and whether there was no answer at all.
     *
     * @param worker whose user, directory and environment a command gets
     */
    void check(
            Probe probe,
            WorkerPorts ports,
            Duration timeout,
            Processes.Start worker,
            Consumer<Optional<ProbeFailure>> answer);

    /** Reads how many requests a worker has had, without blocking; empty when that cannot be learned now. */
    void count(Limits.Counter counter, WorkerPorts ports, Duration timeout, Consumer<OptionalLong> answer);
}
