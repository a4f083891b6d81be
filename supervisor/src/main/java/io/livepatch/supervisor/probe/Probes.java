package io.livepatch.supervisor.probe;

import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.process.Processes;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Runs health probes and reads request counters of workers; simulated in tests. */
public interface Probes {

    /**
     * Runs one probe without blocking and answers once, on any thread, within about {@code timeout}; empty if it passed.
     *
     * @param worker the process whose user, directory and environment a command gets
     */
    void check(
            Probe probe,
            WorkerPorts ports,
            Duration timeout,
            Processes.Start worker,
            Consumer<Optional<ProbeFailure>> answer);

    /** Reads the number of requests of a worker without blocking; empty if it cannot be read now. */
    void count(Limits.Counter counter, WorkerPorts ports, Duration timeout, Consumer<OptionalLong> answer);

    /**
     * Why a probe did not pass.
     *
     * @param unanswered whether nothing was received within the timeout, as from a process that hangs or is stopped; a refused
     *     connection or an error status is an answer
     */
    record ProbeFailure(boolean unanswered, String why) {

        public static ProbeFailure noAnswer(String why) {
            return new ProbeFailure(true, why);
        }

        public static ProbeFailure badAnswer(String why) {
            return new ProbeFailure(false, why);
        }
    }
}
