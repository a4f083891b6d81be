package io.livepatch.supervisor.config;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.WorkerPorts;

/** That what is asked of one worker reaches this worker and no other. */
record ProbeCheck(Findings findings) {

    void look(PoolSpec spec) {
        spec.live().ifPresent(check -> look(spec, "health", check));
        spec.ready().filter(check -> !spec.live().equals(spec.ready())).ifPresent(check -> look(spec, "ready", check));
        spec.limits().requestCount().ifPresent(counter -> lookAt(spec, "limits.requests_url", counter.url()));
        for (String argument : spec.command()) {
            if (unfilled(spec, argument)) {
                findings.remark(
                        spec,
                        "args",
                        "'%s' stays as it is: this pool has no such port; give 'listen' or 'server'"
                                .formatted(argument));
            }
        }
    }

    private void look(PoolSpec spec, String key, HealthCheck check) {
        switch (check.probe()) {
            case Probe.Http http -> lookAt(spec, key + ".http", http.url());
            case Probe.Tcp tcp -> lookAt(spec, key + ".tcp", tcp.address());
            case Probe.Command command ->
                command.command().stream()
                        .filter(word -> unfilled(spec, word))
                        .forEach(word -> refuse(spec, key + ".command", word));
            case Probe.Socket _, Probe.Responsive _ ->
                throw new IllegalArgumentException("no key of the file makes it");
        }
    }

    private void lookAt(PoolSpec spec, String key, String target) {
        if (unfilled(spec, target)) {
            refuse(spec, key, target);
        } else if (spec.listening() instanceof Listening.Shared shared
                && (target.contains(WorkerPorts.PORT)
                        || target.matches("(.*://)?[^/]*:%d(/.*)?"
                                .formatted(shared.address().getPort())))) {
            findings.error(
                    spec,
                    key,
                    "'%s' is the port that all share: any worker may answer for any other; give listen.worker_port and ask at {worker_port}"
                            .formatted(target));
        } else if (spec.replicas() > 1 && spec.listening() instanceof Listening.Unmanaged) {
            findings.remark(
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
        findings.error(spec, key, "'%s' names a port that this pool does not have; %s".formatted(text, remedy));
    }

    /** Whether a name of a port is left in it that no worker of this pool has. */
    private static boolean unfilled(PoolSpec spec, String text) {
        String filled = spec.listening().ports(0).fill(text);
        return filled.contains(WorkerPorts.PORT) || filled.contains(WorkerPorts.WORKER_PORT);
    }
}
