package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.process.Processes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link Processes.Start}s of one worker from its pool's spec, and owns the output that its consecutive processes
 * write to. Confined to the loop.
 */
final class StartFactory {

    /** Debian's default for services. */
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "TZ");

    private final int worker;
    private final PoolEngine.Context context;
    private @Nullable WorkerOutput output;

    StartFactory(int worker, PoolEngine.Context context) {
        this.worker = worker;
        this.context = context;
    }

    /** Opens the output unless it is open; throws what opening it throws. */
    Processes.Start open(PoolSpec spec) {
        WorkerOutput open = output;
        if (open == null) {
            open = context.outputs().open(spec, spec.name() + "-" + worker, worker);
            output = open;
        }
        return start(spec, worker, context.inherited(), open);
    }

    void closeOutput() {
        WorkerOutput open = output;
        output = null;
        if (open != null) {
            open.close();
        }
    }

    static Processes.Start start(PoolSpec spec, int worker, Map<String, String> inherited, WorkerOutput output) {
        WorkerPorts ports = spec.listening().ports(worker);
        return new Processes.Start(
                spec.name() + "-" + worker,
                spec.command().stream().map(ports::fill).toList(),
                environment(spec, worker, inherited),
                spec.surroundings(),
                spec.limits().hardMemory(),
                spec.limits().hardOpenFiles(),
                spec.stop().timeout(),
                output,
                true);
    }

    /** The variables of a worker; {@code inherited} are those of this JVM. */
    static Map<String, String> environment(PoolSpec spec, int worker, Map<String, String> inherited) {
        WorkerPorts ports = spec.listening().ports(worker);
        Map<String, String> variables = new HashMap<>(inherited);
        if (spec.surroundings().clearEnvironment()) {
            variables.keySet().retainAll(INHERITED);
        }
        if (spec.surroundings().user().isPresent()) {
            variables.remove("HOME");
        }
        variables.putIfAbsent("PATH", DEFAULT_PATH);
        spec.surroundings().environment().forEach((name, value) -> variables.put(name, ports.fill(value)));
        variables.put("MULTIPROCESS_WORKER_ID", Integer.toString(worker));
        ports.port().ifPresent(port -> variables.put("PORT", port.toString()));
        ports.workerPort().ifPresent(port -> variables.put("WORKER_PORT", port.toString()));
        return Map.copyOf(variables);
    }
}
