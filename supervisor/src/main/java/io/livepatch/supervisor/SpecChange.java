package io.livepatch.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * A component of {@link PoolSpec} that differs between two specs, and its effect on running workers. What a process gets at its
 * start needs another process: command, environment, log, ports and the kernel's limits. What the supervisor does with a process
 * holds from now on: checks, soft limits, restart and stop. Values of variables, which may be secrets, are not printed.
 */
public record SpecChange(String key, String from, String to, Effect effect) {

    /** The effect on the workers. */
    public enum Effect {
        /** Some workers are started or drained, the others keep running. */
        SCALES,
        /** All workers keep running and the setting applies from now on. */
        HOLDS_FROM_NOW,
        /** Each worker is replaced, through the queue. */
        RECYCLES
    }

    /** In the order of the components; empty if nothing differs. */
    public static List<SpecChange> between(PoolSpec from, PoolSpec to) {
        List<SpecChange> all = new ArrayList<>();
        add(all, "replicas", from.replicas(), to.replicas(), Effect.SCALES);
        add(all, "command", from.command(), to.command(), Effect.RECYCLES);
        addEnvironment(all, from.surroundings().environment(), to.surroundings().environment());
        add(all, "surroundings", bare(from), bare(to), Effect.RECYCLES);
        add(all, "log", from.log(), to.log(), Effect.RECYCLES);
        add(all, "listening", from.listening(), to.listening(), Effect.RECYCLES);
        add(all, "hard-memory", from.limits().hardMemory(), to.limits().hardMemory(), Effect.RECYCLES);
        add(all, "hard-open-files", from.limits().hardOpenFiles(), to.limits().hardOpenFiles(), Effect.RECYCLES);
        add(all, "limits", soft(from.limits()), soft(to.limits()), Effect.HOLDS_FROM_NOW);
        add(all, "start-spacing", from.startSpacing(), to.startSpacing(), Effect.HOLDS_FROM_NOW);
        add(all, "stop", from.stop(), to.stop(), Effect.HOLDS_FROM_NOW);
        add(all, "restart", from.restart(), to.restart(), Effect.HOLDS_FROM_NOW);
        add(all, "ready", from.ready(), to.ready(), Effect.HOLDS_FROM_NOW);
        add(all, "live", from.live(), to.live(), Effect.HOLDS_FROM_NOW);
        add(all, "reserves-port", from.reservesPort(), to.reservesPort(), Effect.HOLDS_FROM_NOW);
        add(all, "reserved-ports", from.reservedPorts(), to.reservedPorts(), Effect.HOLDS_FROM_NOW);
        add(all, "recycling", from.recycling(), to.recycling(), Effect.HOLDS_FROM_NOW);
        return List.copyOf(all);
    }

    /** Whether a process that was started with {@code from} has to be replaced for {@code to}. */
    public static boolean recycles(PoolSpec from, PoolSpec to) {
        return between(from, to).stream().anyMatch(change -> change.effect() == Effect.RECYCLES);
    }

    /**
     * Checks that a running pool supports the change.
     *
     * @throws SupervisorException.InvalidSpec for another name
     * @throws SupervisorException.Refused for another balancer
     */
    public static void requirePossible(PoolSpec from, PoolSpec to) {
        if (!from.name().equals(to.name())) {
            throw new SupervisorException.InvalidSpec(
                    "cannot rename pool '%s' to '%s'".formatted(from.name(), to.name()));
        }
        boolean proxied = from.listening() instanceof Listening.Proxied || to.listening() instanceof Listening.Proxied;
        if (proxied && !from.listening().equals(to.listening())) {
            throw new SupervisorException.Refused(
                    "cannot change the balancer of running pool '%s': %s -> %s; remove the pool and add it again"
                            .formatted(from.name(), from.listening(), to.listening()));
        }
    }

    private static void add(List<SpecChange> all, String key, Object from, Object to, Effect effect) {
        if (!from.equals(to)) {
            all.add(new SpecChange(key, from.toString(), to.toString(), effect));
        }
    }

    private static void addEnvironment(List<SpecChange> all, Map<String, String> from, Map<String, String> to) {
        if (from.equals(to)) {
            return;
        }
        TreeSet<String> names = new TreeSet<>(from.keySet());
        names.addAll(to.keySet());
        names.removeIf(name -> from.containsKey(name) && from.get(name).equals(to.get(name)));
        all.add(new SpecChange("environment", "other " + names, "new " + names, Effect.RECYCLES));
    }

    private static ProcessEnvironment bare(PoolSpec spec) {
        return spec.surroundings().withEnvironment(Map.of());
    }

    private static Limits soft(Limits limits) {
        return new Limits(
                limits.lifespan(),
                limits.jitter(),
                limits.memory(),
                limits.cpu(),
                limits.openFiles(),
                limits.requests(),
                limits.requestCount(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                limits.interval());
    }

    @Override
    public String toString() {
        return "%s: %s -> %s (%s)"
                .formatted(
                        key,
                        from,
                        to,
                        switch (effect) {
                            case SCALES -> "other workers keep running";
                            case HOLDS_FROM_NOW -> "all workers keep running";
                            case RECYCLES -> "workers are replaced one after the other";
                        });
    }
}
