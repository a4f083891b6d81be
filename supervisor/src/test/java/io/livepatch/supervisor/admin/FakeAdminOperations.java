package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.metrics.SupervisorMetrics;
import io.livepatch.supervisor.output.Line;
import io.livepatch.supervisor.output.OutputCounts;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;

/** Operations whose results a test sets. */
final class FakeAdminOperations implements AdminOperations {

    final List<Pool> pools = new CopyOnWriteArrayList<>();
    final List<Line> output = new CopyOnWriteArrayList<>();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final EventHistory history = new EventHistory(InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z")));
    OptionalInt desired = OptionalInt.empty();
    Optional<String> shutdown = Optional.empty();
    Optional<Spread> spread = Optional.empty();
    Optional<String> sharingProblem = Optional.empty();

    private final SupervisorMetrics metrics = SupervisorMetrics.of(
            new SupervisorMetrics.Sources(
                    () -> pools,
                    pid -> Optional.empty(),
                    () -> new OutputCounts(0, 0, 0, 0, 0, 0, 0),
                    pool -> OptionalDouble.empty(),
                    (ExitStatus status) -> false,
                    () -> false,
                    () -> false),
            "0");

    @Override
    public List<Pool> pools() {
        return pools;
    }

    @Override
    public OptionalInt desiredHealthyPercentage(String pool) {
        return desired;
    }

    /** Parses {@code replicas: 5 program}. */
    @Override
    public PoolSpec parse(String pool, String text) {
        String[] words = text.split(" ", -1);
        if (words.length != 3) {
            throw new SupervisorException.InvalidSpec("replcias: unknown key, did you mean 'replicas'?");
        }
        return PoolSpec.of(pool, List.of(words[2]))
                .replicas(Integer.parseInt(words[1]))
                .build();
    }

    @Override
    public List<PoolChange> reload(boolean dryRun) {
        calls.add(dryRun ? "reload dry" : "reload");
        return List.of(new PoolChange("new", PoolChange.Kind.ADDED, List.of()));
    }

    @Override
    public Optional<String> shutdown() {
        return shutdown;
    }

    @Override
    public String explain() {
        return "the schedule\n";
    }

    @Override
    public Optional<Spread> spread(String pool) {
        return spread;
    }

    @Override
    public Optional<String> sharingProblem(String worker) {
        return sharingProblem;
    }

    @Override
    public List<Line> output(String worker) {
        return output;
    }

    @Override
    public SupervisorMetrics metrics() {
        return metrics;
    }

    @Override
    public EventHistory history() {
        return history;
    }
}
