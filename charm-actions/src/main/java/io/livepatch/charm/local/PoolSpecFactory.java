package io.livepatch.charm.local;

import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Maps a charm's service to a pool of the supervisor. */
final class PoolSpecFactory {
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);
    /** A missing socket counts as an answer, so only a process that freezes during its start exceeds this. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(3);
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
                // A single process owns its port and files, so a replacement must not run beside it.
                .recycling(spec.workerPool().isPresent() ? ReplacementPolicy.DEFAULT : ReplacementPolicy.IN_PLACE);
        spec.ready().ifPresent(ready -> pool.ready(HealthCheck.prompt(probe(ready), interval(ready), CHECK_TIMEOUT)));
        spec.live().ifPresent(live -> pool.live(live(live)));
        spec.workerPool()
                .ifPresent(workerPool -> pool.replicas(workerPool.count())
                        .live(HealthCheck.patient(probe(workerPool.live())))
                        .listening(listening(workerPool)));
        return pool.build();
    }

    private static Map<String, String> environment(ServiceSpec spec) {
        if (spec.workerPool().isEmpty()) {
            return spec.environment();
        }
        Map<String, String> variables = new HashMap<>(spec.environment());
        // A fingerprint may contain the text of a problem, which does not belong into an environment.
        variables.put(FINGERPRINT, Fingerprint.of(spec.fingerprint()));
        return variables;
    }

    private static Listening listening(WorkerPool workerPool) {
        InetSocketAddress entrance =
                new InetSocketAddress(InetAddress.ofLiteral(workerPool.address()), workerPool.port());
        return switch (workerPool.entrance()) {
            case WorkerPool.Entrance.SharedPort() ->
                new Listening.Shared(entrance, OptionalInt.of(workerPool.firstPort()));
            case WorkerPool.Entrance.Proxy(String path, Duration drain, List<String> trusted) ->
                new Listening.Proxied(workerPool.firstPort(), entrance, STRATEGY, path, drain, trusted);
        };
    }

    private static HealthCheck live(ServiceSpec.Live live) {
        List<Probe> probes = live.probes().stream()
                .<Probe>map(probe -> new Probe.Socket(probe.socket(), probe.command()))
                .toList();
        return new HealthCheck(
                new Probe.Responsive(probes),
                HealthCheck.DEFAULT_INTERVAL,
                live.timeout(),
                START_TIMEOUT,
                live.failures(),
                1);
    }

    private static Probe probe(ServiceSpec.Ready ready) {
        return switch (ready) {
            case ServiceSpec.Ready.Http(var url) -> new Probe.Http(url);
            case ServiceSpec.Ready.Command(var command) -> new Probe.Command(command);
        };
    }

    private static Duration interval(ServiceSpec.Ready ready) {
        return switch (ready) {
            case ServiceSpec.Ready.Http _ -> CHECK_INTERVAL;
            // Each check starts a process.
            case ServiceSpec.Ready.Command _ -> CHECK_INTERVAL.multipliedBy(4);
        };
    }
}
