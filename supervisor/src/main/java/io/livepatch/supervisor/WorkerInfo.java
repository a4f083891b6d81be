package io.livepatch.supervisor;

import io.livepatch.supervisor.Listening.WorkerPorts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a worker at one moment.
 *
 * @param id the pool's name, a dash, and {@code number}
 * @param number what the process sees as {@code MULTIPROCESS_WORKER_ID}; no two processes of a pool have the same at once
 * @param pid the process, while there is one; also the id of its process group and session
 * @param since when it entered its state
 * @param launchedAt when its latest process began
 * @param starts how often a process was started under this number, for whatever reason
 * @param lastExit how the previous process under this number ended
 * @param problem what keeps it from being ready, for the person on call
 * @param due why it is going to be replaced, when it is
 * @param usage as last measured, where anything is measured
 */
public record WorkerInfo(
        String id,
        int number,
        Role role,
        WorkerState state,
        Optional<Long> pid,
        Instant since,
        Instant launchedAt,
        int starts,
        Optional<ExitStatus> lastExit,
        Optional<String> problem,
        Optional<ReplacementReason> due,
        Optional<ResourceUsage> usage,
        WorkerPorts ports,
        Optional<Path> log) {

    /** What a worker is in its pool. */
    public enum Role {
        /** One of the replicas. */
        MEMBER,
        /** Started to take the place of a member, which serves until this one is ready. */
        REPLACEMENT,
        /** On its way out; it counts no longer. */
        LEAVING
    }

    /** How often it was started after the first time. */
    public int restarts() {
        return Math.max(0, starts - 1);
    }

    /**
     * What a worker and its descendants use at one moment.
     *
     * @param processes how many there are in its session
     * @param residentBytes the sum over all of them; shared pages are counted in each
     * @param cpu user and system time since launch, ended children included
     * @param requests since launch, where they are counted
     */
    public record ResourceUsage(
            int processes, long residentBytes, Duration cpu, int openFiles, OptionalLong requests) {}
}
