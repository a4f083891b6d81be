package io.livepatch.supervisor.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which variables a worker gets. */
final class WorkerEnvironment {

    /** What Debian gives to a service when nobody says otherwise. */
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final List<String> HARMLESS = List.of("PATH", "HOME", "LANG", "TZ");

    private WorkerEnvironment() {}

    /** {@code inherited} is the environment of this JVM. */
    static Map<String, String> of(PoolSpec spec, int worker, Map<String, String> inherited) {
        Map<String, String> variables = new HashMap<>(inherited);
        if (spec.clearEnvironment()) {
            variables.keySet().retainAll(HARMLESS);
        }
        if (spec.user().isPresent()) {
            variables.remove("HOME");
        }
        variables.putIfAbsent("PATH", DEFAULT_PATH);
        variables.putAll(spec.environment());
        variables.put("MULTIPROCESS_WORKER_ID", Integer.toString(worker));
        return Map.copyOf(variables);
    }
}
