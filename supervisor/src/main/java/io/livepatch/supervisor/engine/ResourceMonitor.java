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

/** Measures what the workers of a pool use, again and again, as long as its spec gives a reason. Confined to the loop. */
final class ResourceMonitor {

    private final PoolEngine.Context engineContext;
    private final Optional<Balancer> balancer;
    private int watch;

    ResourceMonitor(PoolEngine.Context engineContext, Optional<Balancer> balancer) {
        this.engineContext = engineContext;
        this.balancer = balancer;
    }

    /** Begins, or begins anew by other limits. */
    void watch(Supplier<PoolSpec> spec, Supplier<List<WorkerRunner>> slots) {
        watch++;
        later(watch, spec, slots);
    }

    private void later(int mine, Supplier<PoolSpec> spec, Supplier<List<WorkerRunner>> slots) {
        if (worthIt(spec.get())) {
            engineContext.loop().schedule(spec.get().limits().interval(), () -> {
                if (mine == watch) {
                    measure(spec.get(), slots.get());
                    later(mine, spec, slots);
                }
            });
        }
    }

    /** Where the supervisor has to do with the port it also tells how evenly work is spread. */
    private static boolean worthIt(PoolSpec spec) {
        return spec.limits().measured() || !(spec.listening() instanceof Listening.Unmanaged);
    }

    private void measure(PoolSpec spec, List<WorkerRunner> slots) {
        Map<Long, WorkerRunner> byPid = new HashMap<>();
        slots.stream()
                .filter(slot -> slot.worker().working())
                .forEach(slot -> slot.worker().run().pid().ifPresent(pid -> byPid.put(pid, slot)));
        if (byPid.isEmpty()) {
            return;
        }
        engineContext
                .meter()
                .measure(
                        Set.copyOf(byPid.keySet()),
                        found -> engineContext.loop().execute(() -> measured(byPid, found)));
        if (spec.limits().requests().isPresent()) {
            countRequests(spec, List.copyOf(byPid.values()));
        }
    }

    private static void measured(Map<Long, WorkerRunner> byPid, Map<Long, ResourceUsage> found) {
        found.forEach((pid, usage) -> {
            WorkerRunner slot = byPid.get(pid);
            if (slot != null && slot.worker().run().pid().equals(Optional.of(pid))) {
                slot.handle(new WorkerEvent.Measured(slot.worker().run().number(), usage));
            }
        });
    }

    /** The count joins what was measured before; without that there is nothing to join yet. */
    private static void counted(WorkerRunner slot, int run, OptionalLong count) {
        Optional<ResourceUsage> known = slot.worker().run().usage();
        if (count.isPresent() && known.isPresent() && slot.worker().run().number() == run) {
            ResourceUsage usage = known.get();
            slot.handle(new WorkerEvent.Measured(
                    run,
                    new ResourceUsage(
                            usage.processes(), usage.residentBytes(), usage.cpu(), usage.openFiles(), count)));
        }
    }

    private void ask(WorkerRunner slot, PoolSpec spec, Limits.Counter counter) {
        int run = slot.worker().run().number();
        engineContext
                .probes()
                .count(
                        counter,
                        slot.ports(),
                        spec.limits().interval(),
                        count -> engineContext.loop().execute(() -> counted(slot, run, count)));
    }

    /** The worker is asked, if it says where; else the balancer knows. */
    private void countRequests(PoolSpec spec, List<WorkerRunner> slots) {
        if (spec.limits().requestCount().isPresent()) {
            Limits.Counter counter = spec.limits().requestCount().get();
            slots.forEach(slot -> ask(slot, spec, counter));
        } else if (spec.listening() instanceof Listening.Proxied) {
            Map<WorkerRunner, Integer> runs = new HashMap<>();
            slots.forEach(slot -> runs.put(slot, slot.worker().run().number()));
            balancer.ifPresent(it -> it.requests(
                            slots.stream().map(WorkerRunner::target).toList())
                    .thenAccept(counts -> engineContext.loop().execute(() -> {
                        for (int i = 0; i < Math.min(counts.size(), slots.size()); i++) {
                            WorkerRunner slot = slots.get(i);
                            counted(slot, runs.getOrDefault(slot, -1), OptionalLong.of(counts.get(i)));
                        }
                    })));
        }
    }
}
