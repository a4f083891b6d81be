package io.livepatch.supervisor;

import io.livepatch.supervisor.Listening.WorkerPorts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A snapshot of a worker.
 *
 * @param id the pool's name, a dash, and {@code number}
 * @param number the process's {@code MULTIPROCESS_WORKER_ID}, unique among the processes of a pool
 * @param pid also the id of its process group and session
 * @param since when it entered its state
 * @param launchedAt when its latest process started
 * @param starts how often a process was started under this number
 * @param lastExit the end of the previous process under this number; empty if that could not be started
 * @param problem why it is not ready, in words
 * @param due why it is queued for replacement, if it is
 * @param usage the latest measurement
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

    public enum Role {
        /** One of the replicas. */
        MEMBER,
        /** Replaces a member, which serves until this worker is ready. */
        REPLACEMENT,
        /** Being stopped; it no longer counts as a replica. */
        LEAVING
    }

    public int restarts() {
        return Math.max(0, starts - 1);
    }

    /**
     * The resources used by the processes of a worker's session.
     *
     * @param residentBytes summed over all processes; shared pages count for each
     * @param cpu user and system time since launch, including ended children
     * @param requests since launch, if counted
     */
    public record ResourceUsage(int processes, long residentBytes, Duration cpu, int openFiles, OptionalLong requests) {

        public ResourceUsage withRequests(OptionalLong count) {
            return new ResourceUsage(processes, residentBytes, cpu, openFiles, count);
        }
    }
}
