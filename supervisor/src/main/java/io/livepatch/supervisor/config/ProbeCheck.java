package io.livepatch.supervisor.config;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;

/** Checks that a probe of one worker reaches this worker and no other. */
record ProbeCheck(Diagnostic.Collector diagnostics) {

    void check(PoolSpec spec) {
        spec.live().ifPresent(check -> check(spec, "health", check));
        spec.ready().filter(check -> !spec.live().equals(spec.ready())).ifPresent(check -> check(spec, "ready", check));
        spec.limits().requestCount().ifPresent(counter -> check(spec, "limits.requests_url", counter.url()));
        for (String argument : spec.command()) {
            if (unfilled(spec, argument)) {
                diagnostics.remark(
                        spec,
                        "args",
                        "'%s' stays as it is: this pool has no such port; give 'listen' or 'server'"
                                .formatted(argument));
            }
        }
    }

    private void check(PoolSpec spec, String key, HealthCheck check) {
        switch (check.probe()) {
            case Probe.Http http -> check(spec, key + ".http", http.url());
            case Probe.Tcp tcp -> check(spec, key + ".tcp", tcp.address());
            case Probe.Command command ->
                command.command().stream()
                        .filter(word -> unfilled(spec, word))
                        .forEach(word -> refuse(spec, key + ".command", word));
            case Probe.Socket _, Probe.Responsive _ ->
                throw new IllegalArgumentException("no option makes the probe " + check.probe());
        }
    }

    private void check(PoolSpec spec, String key, String target) {
        if (unfilled(spec, target)) {
            refuse(spec, key, target);
        } else if (spec.listening() instanceof Listening.Shared shared
                && (target.contains(WorkerPorts.PORT)
                        || target.matches("(.*://)?[^/]*:%d(/.*)?"
                                .formatted(shared.address().getPort())))) {
            diagnostics.error(
                    spec,
                    key,
                    "'%s' is the port that all share: any worker may answer for any other; give listen.worker_port and ask at {worker_port}"
                            .formatted(target));
        } else if (spec.replicas() > 1 && spec.listening() instanceof Listening.Unmanaged) {
            diagnostics.remark(
                    spec,
                    key,
                    "all %d workers are asked at '%s', so one answers for all; give 'listen' or 'server', and ask at {worker_port} or {port}"
                            .formatted(spec.replicas(), target));
        }
    }

    private void refuse(PoolSpec spec, String key, String text) {
        String remedy = spec.listening() instanceof Listening.Unmanaged
                ? "give 'listen' or 'server'"
                : spec.listening() instanceof Listening.Shared ? "give listen.worker_port" : "ask at {port}";
        diagnostics.error(spec, key, "'%s' names a port that this pool does not have; %s".formatted(text, remedy));
    }

    /** Whether the text names a port that the workers of this pool do not have. */
    private static boolean unfilled(PoolSpec spec, String text) {
        String filled = spec.listening().ports(0).fill(text);
        return filled.contains(WorkerPorts.PORT) || filled.contains(WorkerPorts.WORKER_PORT);
    }
}
