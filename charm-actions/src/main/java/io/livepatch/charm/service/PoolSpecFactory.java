package io.livepatch.charm.service;

import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Maps a charm's service to a pool of the supervisor. */
final class PoolSpecFactory {
    /** haproxy's leastconn: a slow worker, which has more requests in flight, is sent fewer. */
    private static final String STRATEGY = "least_connections";

    /** A changed value makes the supervisor replace the process: its configuration has changed, its command has not. */
    private static final String FINGERPRINT = "SERVICE_FINGERPRINT";

    private PoolSpecFactory() {}

    static PoolSpec of(String name, ServiceSpec spec) {
        ProcessEnvironment environment = ProcessEnvironment.PLAIN
                .withEnvironment(environment(spec))
                .withDirectory(spec.directory())
                .withParentDeathSignal(spec.parentDeathSignal());
        PoolSpec.Builder pool = PoolSpec.of(name, spec.command())
                .log(spec.log())
                .surroundings(spec.user().map(environment::withUser).orElse(environment))
                .stop(spec.stop().signal(), spec.stop().timeout())
                .restart(restart(spec.restart()))
                .limits(limits(spec.limits()))
                .reservedPorts(spec.reservedPorts())
                // A single process owns its port and files, so a replacement must not run beside it.
                .recycling(spec.workerPool().isPresent() ? ReplacementPolicy.DEFAULT : ReplacementPolicy.IN_PLACE);
        spec.ready().map(PoolSpecFactory::check).ifPresent(pool::ready);
        spec.live().map(PoolSpecFactory::check).ifPresent(pool::live);
        spec.workerPool()
                .ifPresent(workerPool -> pool.replicas(workerPool.count())
                        .listening(listening(workerPool))
                        .reservesPort(true));
        return pool.build();
    }

    private static Map<String, String> environment(ServiceSpec spec) {
        Map<String, String> variables = new HashMap<>(spec.environment());
        // A fingerprint may contain the text of a problem, which does not belong into an environment.
        variables.put(FINGERPRINT, Fingerprint.of(spec.fingerprint()));
        return variables;
    }

    private static RestartPolicy restart(ServiceSpec.Restart restart) {
        RestartPolicy.When when = switch (restart.when()) {
            case ALWAYS -> RestartPolicy.When.ALWAYS;
            case ON_FAILURE -> RestartPolicy.When.ON_FAILURE;
            case NEVER -> RestartPolicy.When.NEVER;
        };
        return new RestartPolicy(
                when,
                restart.firstDelay(),
                restart.maxDelay(),
                RestartPolicy.DEFAULT.jitter(),
                RestartPolicy.DEFAULT.stableAfter(),
                OptionalInt.empty());
    }

    private static Limits limits(ServiceSpec.Limits limits) {
        return new Limits(
                Optional.empty(),
                0,
                limits.memory(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                limits.hardMemory(),
                limits.openFiles(),
                Limits.DEFAULT_INTERVAL);
    }

    private static Listening listening(WorkerPool workerPool) {
        InetSocketAddress entrance =
                new InetSocketAddress(InetAddress.ofLiteral(workerPool.address()), workerPool.port());
        return switch (workerPool.entrance()) {
            case WorkerPool.Entrance.SharedPort() ->
                new Listening.Shared(entrance, OptionalInt.of(workerPool.firstPort()));
            case WorkerPool.Entrance.Proxy(var path, var drain, var trusted) ->
                new Listening.Proxied(workerPool.firstPort(), entrance, STRATEGY, path, drain, trusted);
        };
    }

    private static HealthCheck check(ServiceCheck check) {
        return new HealthCheck(
                probe(check.probe()),
                check.interval(),
                check.timeout(),
                check.startTimeout(),
                check.failures(),
                check.successes());
    }

    private static Probe probe(ServiceCheck.Probe probe) {
        return switch (probe) {
            case ServiceCheck.Probe.Http(var url) -> new Probe.Http(url);
            case ServiceCheck.Probe.Command(var command) -> new Probe.Command(command);
            case ServiceCheck.Probe.Socket(var socket, var command) -> new Probe.Socket(socket, command);
            case ServiceCheck.Probe.Responsive(var probes) ->
                new Probe.Responsive(probes.stream().map(PoolSpecFactory::probe).toList());
        };
    }
}
