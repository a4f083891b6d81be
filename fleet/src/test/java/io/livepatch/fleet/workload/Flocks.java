package io.livepatch.fleet.workload;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.KernelMix;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.WorkloadRunner;
import io.livepatch.fleet.protocol.ServerAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;

final class Flocks {
    static final int COUNT = 1000;

    private Flocks() {}

    static Flock of(Workload workload) {
        return of("flock", workload);
    }

    static Flock of(String name, Workload workload) {
        return new Flock(
                name,
                COUNT,
                StartBatches.one(),
                workload,
                new Load.Closed(),
                Optional.empty(),
                new KernelMix(List.of(new KernelMix.Part(Samples.PLATFORM, 1))),
                List.of());
    }

    static Target target(URI server) {
        return new Target(
                ServerAddress.parse(server.toString(), true),
                Optional.empty(),
                Optional.of(new Secret(FakeServer.AUTH_TOKEN)),
                new Transport(false, false, List.of(), 1000, Duration.ofSeconds(20)));
    }

    static WorkloadRunner runner(Target target, Workload workload) {
        return new WorkloadFactory(target, "run", Clock.systemUTC(), new Random(1)).of(of(workload));
    }
}
