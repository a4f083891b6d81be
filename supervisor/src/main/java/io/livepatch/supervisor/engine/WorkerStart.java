package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.process.Processes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a spec comes to for the worker of one number. */
final class WorkerStart {

    /** What Debian gives to a service when nobody says otherwise. */
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final List<String> HARMLESS = List.of("PATH", "HOME", "LANG", "TZ");

    private WorkerStart() {}

    static Processes.Start of(PoolSpec spec, int worker, Map<String, String> inherited, WorkerOutput output) {
        WorkerPorts ports = spec.listening().ports(worker);
        return new Processes.Start(
                spec.name() + "-" + worker,
                spec.command().stream().map(ports::fill).toList(),
                environment(spec, worker, inherited),
                spec.surroundings(),
                spec.limits().hardMemory(),
                spec.limits().hardOpenFiles(),
                spec.stop().timeout(),
                output);
    }

    /** {@code inherited} is the environment of this JVM. */
    static Map<String, String> environment(PoolSpec spec, int worker, Map<String, String> inherited) {
        WorkerPorts ports = spec.listening().ports(worker);
        Map<String, String> variables = new HashMap<>(inherited);
        if (spec.surroundings().clearEnvironment()) {
            variables.keySet().retainAll(HARMLESS);
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
