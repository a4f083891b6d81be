package io.livepatch.fleet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.livepatch.common.config.ConfigException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The valid options of a flock, and the messages for invalid ones. */
final class FlockConfigTest {
    private static final String LEAST = "name: a\ncount: 100\nbusiness: check-in\n";

    private static Flock flock(String more) {
        return FleetConfig.readFlock(LEAST + more);
    }

    private static Load open(Arrivals arrivals, Stage... stages) {
        return new Load.Open(arrivals, List.of(stages));
    }

    private static Stage stage(Duration length, long from, long to) {
        return new Stage(length, new Rate(from), new Rate(to));
    }

    @Test
    void nameCountAndBusinessAreTheOnlyRequiredOptions() {
        Flock flock = flock("");
        assertThat(flock.name()).isEqualTo("a");
        assertThat(flock.count()).isEqualTo(100);
        assertThat(flock.batches()).isEqualTo(StartBatches.one());
        assertThat(flock.work()).isEqualTo(new Workload.CheckIn(Runs.PACE, 0));
        assertThat(flock.load()).isEqualTo(new Load.Closed());
        assertThat(flock.duration()).isEmpty();
        assertThat(flock.warmUp()).isZero();
        assertThat(flock.kernels().parts()).hasSize(1);
        assertThat(flock.thresholds()).isEmpty();
    }

    @Test
    void flockWithMobusKeys() {
        assertThat(FleetConfig.readFlock("""
                name: herd
                count: 50000
                start_batch_size: 100
                start-batch-wait: 5m30s
                business:
                  type: thundering-herd
                  restart: false
                  options: {idle-time: 10s, error_idle_time: 1.5s, outage: 90s}
                model: closed
                duration: 1h
                warm-up: 90s
                kernels:
                  - {kernel: 5.15.0-107.117-generic, weight: 3}
                  - {kernel: 6.8.0-31.31-generic, architecture: arm64}
                thresholds: [p99 < 50ms, errors == 0]
                """))
                .isEqualTo(new Flock(
                        "herd",
                        50_000,
                        new StartBatches(100, Duration.ofSeconds(330)),
                        new Workload.ThunderingHerd(
                                new Pace(Duration.ofSeconds(10), Duration.ofMillis(1500), false),
                                Duration.ofSeconds(90)),
                        new Load.Closed(),
                        Optional.of(Duration.ofHours(1)),
                        Duration.ofSeconds(90),
                        new KernelMix(List.of(
                                new KernelMix.Part(
                                        new Platform(new KernelRelease("5.15.0-107.117-generic"), "amd64"), 3),
                                new KernelMix.Part(
                                        new Platform(new KernelRelease("6.8.0-31.31-generic"), "arm64"), 1))),
                        List.of(Threshold.parse("p99 < 50ms"), Threshold.parse("errors == 0"))));
    }

    @ParameterizedTest
    @CsvSource({
        "278, 278000",
        "0.5, 500",
        "278/s, 278000",
        "5/m, 83",
        "1000000/h, 277778",
        "1000000 / h, 277778",
        "0, 0",
        "0.001, 1",
        "1e3, 1000000"
    })
    void rates(String written, long perThousandSeconds) {
        assertThat(flock("rate: " + written + "\nduration: 10m\n").load())
                .isEqualTo(
                        open(Arrivals.CONSTANT, stage(Duration.ofMinutes(10), perThousandSeconds, perThousandSeconds)));
    }

    @Test
    void stagesContinueThePreviousRateAndSetTheDuration() {
        Flock flock = flock("""
                arrivals: poisson
                stages:
                  - {for: 2m, to: 100}
                  - {for: 10m, rate: 100}
                  - {for: 1m, from: 50, to: 0}
                """);
        assertThat(flock.load())
                .isEqualTo(open(
                        Arrivals.POISSON,
                        stage(Duration.ofMinutes(2), 0, 100_000),
                        stage(Duration.ofMinutes(10), 100_000, 100_000),
                        stage(Duration.ofMinutes(1), 50_000, 0)));
        assertThat(flock.duration()).contains(Duration.ofMinutes(13));
        assertThat(flock("duration: forever\nstages: [{for: 2m, to: 100}]").duration())
                .isEmpty();
        assertThat(flock("duration: 5m\nstages: [{for: 2m, to: 100}]").duration())
                .contains(Duration.ofMinutes(5));
        assertThat(flock("rate: 5").duration()).isEmpty();
    }

    @Test
    void optionsMayBeInTheFlockOrInTheBusiness() {
        Pace pace = new Pace(Duration.ofSeconds(3), Runs.PACE.errorIdle(), false);
        assertThat(flock("options: {idle_time: 3s, restart: false, fetching: 1%}")
                        .work())
                .isEqualTo(new Workload.CheckIn(pace, 0.01));
        assertThat(FleetConfig.readFlock("{name: a, count: 1, business: {type: slow-reader, restart: true,"
                                + " options: {idle_time: 3s, restart: false, bytes_per_second: 50KiB}}}")
                        .work())
                .isEqualTo(new Workload.SlowReader(pace, 51_200));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nam: b                                        | flock:4: nam: unknown key; did you mean 'name'?
            users: [b]                                    | flock:4: users: unknown key; remove it; keys are name, count, start_batch_size, start_batch_wait, business, options, model, rate, arrivals, stages, duration, warm_up, kernels, thresholds
            count: 3                                      | flock:4: count: is given twice; keep one of them
            start_batch_size: 0                           | flock:4: start_batch_size: '0' is out of range; give a whole number from 1
            start_batch_size: 10                          | flock:1: start_batch_wait: is missing, and there is more than one batch; give a duration
            start-batch-wait: 10s                         | flock:1: start_batch_size: is missing, though 'start_batch_wait' is given; give a whole number from 1
            model: opn                                    | flock:4: model: 'opn' is not known (did you mean 'open'?); give open or closed
            model: open                                   | flock:4: model: 'open' needs a rate; give 'rate' or 'stages'
            rate: 4 ¶ model: closed                       | flock:4: rate: has no effect in a closed load
            arrivals: poisson                             | flock:4: arrivals: has no effect in a closed load
            rate: 5/d                                     | flock:4: rate: '5/d' is not a rate; give a number a second such as 278 or 0.5, or 278/s
            rate: -5                                      | flock:4: rate: '-5' is not a rate
            rate: 1/h                                     | flock:4: rate: '1/h' is less than one iteration in a thousand seconds
            rate: 1000001                                 | flock:4: rate: '1000001' is not from 0 to 1000000 a second
            rate: 1 ¶ stages: [{for: 1s, rate: 1}]        | flock:4: rate: is given beside 'stages'; keep one of stages, rate
            stages: []                                    | flock:4: stages: is empty; give a list such as
            stages: {for: 1s}                             | flock:4: stages: is a mapping; give a list
            stages: [{rate: 5}]                           | flock:4: stages[0].for: is missing; give a duration
            stages: [{for: 1s}]                           | flock:4: stages[0].to: is missing, as is 'rate'; give a number a second
            stages: [{for: 1s, rate: 5, to: 1}]           | flock:4: stages[0].rate: is given beside 'from' or 'to'
            duration: 1s ¶ stages: [{for: 1m, rate: 5}]   | flock:4: duration: '1s' is shorter than the stages, which take 1m
            duration: 90                                  | flock:4: duration: '90' is not a duration; give a duration from 1ms to 8784h, such as 5m30s, or forever
            duration: 30s ¶ warm_up: 30s                  | flock:5: warm_up: '30s' is not shorter than the flock's duration 30s, so nothing would be evaluated; shorten it
            stages: [{for: 1m, to: 5}] ¶ warm_up: 2m      | flock:5: warm_up: '2m' is not shorter than the flock's duration 1m, so nothing would be evaluated; shorten it
            warm_up: -1s                                  | flock:4: warm_up: '-1s' is not a duration; give a duration from 0s to 8784h
            options: {fetching: 1.5}                      | flock:4: options.fetching: '1.5' is not a fraction; give a fraction such as 0.01 or 1%
            options: {outage: 1m}                         | flock:4: options.outage: unknown key; remove it; keys are idle_time, error_idle_time, restart, fetching
            options: {restart: "yes"}                     | flock:4: options.restart: 'yes' is neither true nor false; give true or false
            options: {idle_tme: 1s}                       | flock:4: options.idle_tme: unknown key; did you mean 'idle_time'?
            kernels: [{kernel: 5/15}]                     | flock:4: kernels[0].kernel: invalid kernel '5/15'
            kernels: [{weight: 1}]                        | flock:4: kernels[0].kernel: is missing
            thresholds: [p99 < 50]                        | flock:4: thresholds[0]: threshold 'p99 < 50' has the bound '50', expected a time
            thresholds: p99 < 50ms                        | flock:4: thresholds: is a single value; give a list
            """)
    void problemIsReportedWithLineKeyValueAndRemedy(String yaml, String problem) {
        String more = yaml.replace(" ¶ ", "\n");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> flock(more))
                .satisfies(e -> assertThat(e.problems()).hasSize(1))
                .withMessageContaining(problem);
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> FleetConfig.readFlock("""
                        name: Big Birds
                        business: {type: chek-in, optons: {}}
                        rate: fast
                        kernels: [{kernel: 1/0}, {}]
                        """))
                .withMessage("""
                        the configuration cannot be used, it has 7 problems:
                          flock:1: name: 'Big Birds' does not have the right form; give lower-case letters, digits and hyphens
                          flock:1: count: is missing; give a whole number from 1 to 10000000
                          flock:2: business.optons: unknown key; did you mean 'options'?
                          flock:2: business.type: 'chek-in' is not known (did you mean 'check-in'?); give one of check-in, empty-loop, enroll-churn, fetch, misbehaving, slow-reader, thundering-herd
                          flock:3: rate: 'fast' is not a rate; give a number a second such as 278 or 0.5, or 278/s, 5/m, 1000000/h
                          flock:4: kernels[0].kernel: invalid kernel '1/0', expected 1 to 100 characters without '/' and control characters; give a release like 5.15.0-107.117-generic
                          flock:4: kernels[1].kernel: is missing; give a release like 5.15.0-107.117-generic""");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> FleetConfig.readFlock("{name: Big Birds, count: 1, business: fetch}"))
                .withMessageContaining(
                        "flock:1: name: 'Big Birds' does not have the right form; give lower-case letters");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``      | name: is missing; give lower-case letters
            `[1]`   | is a list; give keys and values
            `a: [`  | is not YAML here
            `[a]: b`| has a key that is a list
            """)
    void textThatIsNotAFlockIsReported(String yaml, String problem) {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> FleetConfig.readFlock(yaml))
                .withMessageContaining(problem);
    }
}
