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

/** From a charm's words to the supervisor's. */
final class PoolSpecFactory {
    private static final Duration CHECK_EVERY = Duration.ofMillis(500);
    /** A socket that is not there yet counts as an answer, so only a process that freezes while it starts needs longer. */
    private static final Duration STARTS_WITHIN = Duration.ofSeconds(10);

    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(3);
    /** haproxy's leastconn: a slow worker, which has more requests in flight, is sent fewer. */
    private static final String STRATEGY = "least_connections";

    /** Another value is another process: what it read at its start has changed, though the command has not. */
    private static final String FINGERPRINT = "SERVICE_FINGERPRINT";

    private PoolSpecFactory() {}

    static PoolSpec of(String name, ServiceSpec spec) {
        ProcessEnvironment processEnvironment = ProcessEnvironment.PLAIN
                .withEnvironment(environment(spec))
                .withDirectory(spec.directory())
                .withParentDeathSignal(spec.parentDeathSignal());
        PoolSpec.Builder pool = PoolSpec.of(name, spec.command())
                .log(spec.log())
                .surroundings(spec.user().map(processEnvironment::withUser).orElse(processEnvironment))
                .stop(spec.stop().signal(), spec.stop().timeout())
                // Two of one service would fight over its port and its files, unless they are made for it.
                .recycling(spec.crew().isPresent() ? ReplacementPolicy.DEFAULT : ReplacementPolicy.IN_PLACE);
        spec.ready().ifPresent(ready -> pool.ready(HealthCheck.prompt(probe(ready), every(ready), CHECK_TIMEOUT)));
        spec.live().ifPresent(live -> pool.live(live(live)));
        spec.crew()
                .ifPresent(workerPool -> pool.replicas(workerPool.count())
                        .live(HealthCheck.patient(probe(workerPool.live())))
                        .listening(listening(workerPool)));
        return pool.build();
    }

    private static Map<String, String> environment(ServiceSpec spec) {
        if (spec.crew().isEmpty()) {
            return spec.environment();
        }
        Map<String, String> variables = new HashMap<>(spec.environment());
        // A fingerprint may hold the text of a problem; what a process finds around it should not.
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
                STARTS_WITHIN,
                live.failures(),
                1);
    }

    private static Probe probe(ServiceSpec.Ready ready) {
        return switch (ready) {
            case ServiceSpec.Ready.Http(var url) -> new Probe.Http(url);
            case ServiceSpec.Ready.Command(var command) -> new Probe.Command(command);
        };
    }

    private static Duration every(ServiceSpec.Ready ready) {
        return switch (ready) {
            case ServiceSpec.Ready.Http _ -> CHECK_EVERY;
            // Each check is a process.
            case ServiceSpec.Ready.Command _ -> CHECK_EVERY.multipliedBy(4);
        };
    }
}
