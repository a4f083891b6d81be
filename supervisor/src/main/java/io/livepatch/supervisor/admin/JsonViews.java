package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/** The records that are serialized as JSON. Each lists its fields, so that a new field of the model is not published by accident. */
final class JsonViews {

    private JsonViews() {}

    record Used(int processes, long residentBytes, double cpuSeconds, int openFiles, OptionalLong requests) {}

    /**
     * A worker.
     *
     * @param sharing why the worker does not share its port correctly
     */
    record Worker(
            String id,
            int number,
            String role,
            String state,
            Optional<Long> pid,
            Instant since,
            Instant launchedAt,
            int restarts,
            Optional<String> lastExit,
            Optional<String> problem,
            Optional<String> sharing,
            Optional<String> due,
            Optional<Used> usage,
            Optional<Integer> port,
            Optional<Integer> workerPort,
            Optional<String> log) {

        static Worker of(WorkerInfo it, AdminOperations operations) {
            return new Worker(
                    it.id(),
                    it.number(),
                    word(it.role()),
                    word(it.state()),
                    it.pid(),
                    it.since(),
                    it.launchedAt(),
                    it.restarts(),
                    it.lastExit().map(ExitStatus::toString),
                    it.problem(),
                    operations.sharingProblem(it.id()),
                    it.due().map(ReplacementReason::word),
                    it.usage()
                            .map(used -> new Used(
                                    used.processes(),
                                    used.residentBytes(),
                                    used.cpu().toNanos() / 1e9,
                                    used.openFiles(),
                                    used.requests())),
                    it.ports().port(),
                    it.ports().workerPort(),
                    it.log().map(Path::toString));
        }
    }

    /**
     * A pool.
     *
     * @param variables the names of its environment variables
     * @param spec {@link PoolSpec#toString}, which omits the values of environment variables
     */
    record PoolView(
            String name,
            int replicas,
            int ready,
            boolean paused,
            List<String> command,
            List<String> variables,
            String spec,
            Optional<AdminOperations.Spread> spread,
            List<Worker> workers) {

        static PoolView of(Pool pool, AdminOperations operations) {
            PoolSpec spec = pool.spec();
            List<WorkerInfo> workers = pool.workers();
            return new PoolView(
                    pool.name(),
                    spec.replicas(),
                    (int) workers.stream().filter(JsonViews::serves).count(),
                    pool.paused(),
                    spec.command(),
                    List.copyOf(new TreeSet<>(spec.surroundings().environment().keySet())),
                    spec.toString(),
                    operations.spread(pool.name()),
                    workers.stream().map(it -> Worker.of(it, operations)).toList());
        }
    }

    record Change(String key, String from, String to, String effect) {
        static Change of(SpecChange it) {
            return new Change(it.key(), it.from(), it.to(), word(it.effect()));
        }
    }

    record Changes(String pool, String kind, boolean dryRun, List<Change> changes) {
        static Changes of(PoolChange it, boolean dryRun) {
            List<Change> changes = it.changes().stream().map(Change::of).toList();
            return new Changes(it.pool(), word(it.kind()), dryRun, changes);
        }
    }

    static boolean serves(WorkerInfo worker) {
        return worker.role() == WorkerInfo.Role.MEMBER && worker.state() == WorkerState.READY;
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
