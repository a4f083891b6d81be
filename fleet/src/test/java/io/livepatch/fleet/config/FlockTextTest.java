package io.livepatch.fleet.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.KernelMix;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Arrivals;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.flock.Workload.Pace;
import io.livepatch.fleet.protocol.Platform;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

final class FlockTextTest {
    private static final Pace SLOW = new Pace(Duration.ofMillis(90_500), Duration.ZERO, false);
    private static final KernelMix KERNELS = new KernelMix(List.of(
            new KernelMix.Part(new Platform(new KernelRelease("5.15.0-107.117-generic"), "amd64"), 3),
            new KernelMix.Part(new Platform(new KernelRelease("6.8.0-31.31-generic"), "arm64"), 1)));
    private static final Load RAMP = new Load.Open(
            Arrivals.POISSON,
            List.of(
                    new Stage(Duration.ofMinutes(2), new Rate(1), new Rate(277_778)),
                    new Stage(Duration.ofNanos(600_000_000_001L), new Rate(1_000_000_000), new Rate(1_000_000_000))));

    static Stream<Workload> everyWorkload() {
        return Stream.of(
                new Workload.CheckIn(Runs.PACE, 0.0001),
                new Workload.CheckIn(SLOW, 1),
                new Workload.Fetch(SLOW),
                new Workload.EnrollChurn(SLOW),
                new Workload.ThunderingHerd(SLOW, Duration.ofSeconds(7)),
                new Workload.SlowReader(SLOW, 12_345),
                new Workload.Misbehaving(SLOW),
                new Workload.EmptyLoop(SLOW));
    }

    static Stream<Flock> flocks() {
        StartBatches some = new StartBatches(7, Duration.ofMillis(1500));
        Stream<Flock> works = everyWorkload()
                .map(workload ->
                        flock(StartBatches.one(), workload, new Load.Closed(), Optional.of(Duration.ofHours(36))));
        Workload workload = new Workload.Fetch(SLOW);
        return Stream.concat(
                works,
                Stream.of(
                        flock(some, workload, new Load.Closed(), Optional.empty()),
                        flock(some, workload, RAMP, Optional.empty()),
                        flock(some, workload, RAMP, Optional.of(Duration.ofMinutes(20))),
                        Runs.warming(flock(some, workload, RAMP, Optional.empty()), Duration.ofMillis(90_500))));
    }

    private static Flock flock(StartBatches startBatches, Workload workload, Load load, Optional<Duration> duration) {
        List<Threshold> thresholds =
                List.of(Threshold.parse("p99 < 50ms"), Threshold.parse("achieved ≥ 0.98 × offered"));
        return new Flock("pollers", 100, startBatches, workload, load, duration, KERNELS, thresholds);
    }

    @ParameterizedTest
    @MethodSource("flocks")
    void writtenFlockIsReadAsTheSame(Flock flock) {
        assertThat(FleetConfig.readFlock(JsonMapper.builder().build().writeValueAsString(FleetConfig.flockTree(flock))))
                .isEqualTo(flock);
        assertThat(FleetConfig.readFlock(YAMLMapper.builder().build().writeValueAsString(FleetConfig.flockTree(flock))))
                .isEqualTo(flock);
    }

    @Test
    void writtenFlockHasTheKeysOfTheFile() {
        Flock flock = Runs.warming(
                flock(
                        new StartBatches(7, Duration.ofSeconds(5)),
                        new Workload.CheckIn(Runs.PACE, 0.01),
                        RAMP,
                        Optional.empty()),
                Duration.ofSeconds(30));
        assertThat(JsonMapper.builder().build().writeValueAsString(FleetConfig.flockTree(flock)))
                .isEqualTo("{'name':'pollers','count':100,'start_batch_size':7,'start_batch_wait':'5s',"
                        .concat(
                                "'business':{'type':'check-in','restart':true,'options':{'idle_time':'1m','error_idle_time':'1m','fetching':0.01}},")
                        .concat("'model':'open','arrivals':'poisson','stages':[{'for':'2m','from':0.001,'to':277.778},")
                        .concat("{'for':'10m1ns','rate':1000000}],'duration':'forever','warm_up':'30s',")
                        .concat("'kernels':[{'kernel':'5.15.0-107.117-generic','architecture':'amd64','weight':3},")
                        .concat("{'kernel':'6.8.0-31.31-generic','architecture':'arm64','weight':1}],")
                        .concat("'thresholds':['p99 < 50ms','achieved ≥ 0.98 × offered']}")
                        .replace('\'', '"'));
    }
}
