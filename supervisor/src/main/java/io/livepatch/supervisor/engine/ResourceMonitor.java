package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** Measures periodically what the workers of a pool use, while the pool's spec needs it. Confined to the loop. */
final class ResourceMonitor {

    private final PoolEngine.Context context;
    private final Optional<Balancer> balancer;
    private final Supplier<PoolSpec> spec;
    private final Supplier<List<WorkerRunner>> runners;
    /** Incremented by each restart, which makes the timer of the one before obsolete. */
    private int generation;

    ResourceMonitor(
            PoolEngine.Context context,
            Optional<Balancer> balancer,
            Supplier<PoolSpec> spec,
            Supplier<List<WorkerRunner>> runners) {
        this.context = context;
        this.balancer = balancer;
        this.spec = spec;
        this.runners = runners;
    }

    /** Starts measuring by the present spec. */
    void restart() {
        generation++;
        schedule(generation);
    }

    private void schedule(int started) {
        // With a port to manage, the usage also shows how evenly requests are spread.
        if (spec.get().limits().measured() || !(spec.get().listening() instanceof Listening.Unmanaged)) {
            context.loop().schedule(spec.get().limits().interval(), () -> {
                if (started == generation) {
                    measure();
                    schedule(started);
                }
            });
        }
    }

    private void measure() {
        Map<Long, WorkerRunner> byPid = new HashMap<>();
        runners.get().stream()
                .filter(runner -> runner.worker().working())
                .forEach(runner -> runner.worker().run().pid().ifPresent(pid -> byPid.put(pid, runner)));
        if (byPid.isEmpty()) {
            return;
        }
        context.usageReader()
                .measure(Set.copyOf(byPid.keySet()), usages -> context.loop().execute(() -> measured(byPid, usages)));
        if (spec.get().limits().requests().isPresent()) {
            countRequests(List.copyOf(byPid.values()));
        }
    }

    private static void measured(Map<Long, WorkerRunner> byPid, Map<Long, ResourceUsage> usages) {
        usages.forEach((pid, usage) -> {
            WorkerRunner runner = byPid.get(pid);
            if (runner != null && runner.worker().run().pid().equals(Optional.of(pid))) {
                runner.handle(new WorkerEvent.Measured(runner.worker().run().number(), usage));
            }
        });
    }

    /** Counts with the worker's own counter if it has one, else with the balancer's. */
    private void countRequests(List<WorkerRunner> counted) {
        Limits limits = spec.get().limits();
        if (limits.requestCount().isPresent()) {
            for (WorkerRunner runner : counted) {
                int run = runner.worker().run().number();
                context.probes()
                        .count(
                                limits.requestCount().get(),
                                runner.ports(),
                                limits.interval(),
                                count -> context.loop().execute(() -> requestsCounted(runner, run, count)));
            }
            return;
        }
        List<Integer> runs =
                counted.stream().map(runner -> runner.worker().run().number()).toList();
        balancer.ifPresent(it -> it.requests(
                        counted.stream().map(WorkerRunner::target).toList())
                .thenAccept(counts -> context.loop().execute(() -> {
                    for (int i = 0; i < Math.min(counts.size(), counted.size()); i++) {
                        requestsCounted(counted.get(i), runs.get(i), OptionalLong.of(counts.get(i)));
                    }
                })));
    }

    /** Adds the count to the latest measurement of the same run, if there is one. */
    private static void requestsCounted(WorkerRunner runner, int run, OptionalLong count) {
        Optional<ResourceUsage> usage = runner.worker().run().usage();
        if (count.isPresent() && usage.isPresent() && runner.worker().run().number() == run) {
            runner.handle(new WorkerEvent.Measured(run, usage.get().withRequests(count)));
        }
    }
}
