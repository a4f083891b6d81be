package io.livepatch.supervisor.probe;

import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.Probe;
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

    /**
     * Why a probe did not pass.
     *
     * @param silent whether there was no answer at all within the probe's timeout. Any answer, also a refused connection or an error
     *     status, is not silence: a process that hangs or is stopped gives none
     * @param why for the person on call
     */
    record ProbeFailure(boolean silent, String why) {

        /** No answer within the timeout. */
        public static ProbeFailure silence(String why) {
            return new ProbeFailure(true, why);
        }

        /** An answer, but not the wanted one. */
        public static ProbeFailure answer(String why) {
            return new ProbeFailure(false, why);
        }
    }
}
