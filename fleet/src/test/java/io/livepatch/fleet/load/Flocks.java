package io.livepatch.fleet.load;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.KernelMix;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.protocol.Platform;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

final class Flocks {
    static final long SECOND = 1_000_000_000L;
    static final long MILLI = 1_000_000L;

    private Flocks() {}

    static Flock of(int count, Workload workload, Load load, Optional<Duration> duration) {
        return of(count, StartBatches.one(), workload, load, duration);
    }

    static Flock of(int count, StartBatches startBatches, Workload workload, Load load, Optional<Duration> duration) {
        Platform platform = new Platform(new KernelRelease("5.15.0-107.117-generic"), "amd64");
        KernelMix kernels = new KernelMix(List.of(new KernelMix.Part(platform, 1)));
        return new Flock("f", count, startBatches, workload, load, duration, kernels, List.of());
    }

    static Workload loop(Duration idle) {
        return new Workload.EmptyLoop(new Workload.Pace(idle, idle, true));
    }

    static Load.Open constant(double perSecond) {
        return open(Load.Arrivals.CONSTANT, stage(1, perSecond, perSecond));
    }

    static Load.Open open(Load.Arrivals arrivals, Stage... stages) {
        return new Load.Open(arrivals, List.of(stages));
    }

    static Stage stage(int seconds, double from, double to) {
        return new Stage(
                Duration.ofSeconds(seconds), new Rate(Math.round(from * 1000)), new Rate(Math.round(to * 1000)));
    }
}
