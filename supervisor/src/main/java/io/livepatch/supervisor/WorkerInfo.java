package io.livepatch.supervisor;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a worker at one moment.
 *
 * @param id the pool's name, a dash, and the number that the process sees as {@code MULTIPROCESS_WORKER_ID}
 * @param pid the process, while there is one; also the id of its process group and session
 * @param since when it entered its state
 * @param restarts how often it was started after the first time, for whatever reason
 * @param lastExit how its previous process ended
 * @param problem what keeps it from being ready, for the person on call
 * @param log the file that its output goes to
 */
public record WorkerInfo(
        String id,
        WorkerState state,
        Optional<Long> pid,
        Instant since,
        int restarts,
        Optional<ExitStatus> lastExit,
        Optional<String> problem,
        Path log) {}
