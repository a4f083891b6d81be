package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.WorkerInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Random schedules against the guarantees: early and late crashes, missing programs, slow starts, workers that never get ready,
 * hang with and without an answer, leak, exceed their lifetime or ignore their stop signal, a balancer that loses answers, and
 * commands at any time. {@link SimulatedPool} checks the invariants; an illegal state transition throws.
 */
class SimulationTest {

    private final Logger engineLog = (Logger) LoggerFactory.getLogger(SimulationTest.class.getPackageName());

    /** Few, so that the unit tests stay fast; {@link SimulationIT} runs more, {@code scripts/soak} many. */
    int schedules() {
        return Integer.getInteger("simulation.schedules", 15);
    }

    /** A hundred thousand simulated crashes would flood the log. */
    @BeforeEach
    void silenceLog() {
        engineLog.setLevel(Level.OFF);
    }

    @AfterEach
    void restoreLog() {
        engineLog.setLevel(null);
    }

    private void each(IntConsumer schedule) {
        for (int seed = 0; seed < schedules(); seed++) {
            try {
                schedule.accept(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("schedule " + seed + " breaks a guarantee: " + e.getMessage(), e);
            }
        }
    }

    /** All processes are healthy, and all kinds of planned replacements overlap. */
    @Test
    void recyclingCostsNoCapacityWithAnyTimers() {
        each(SimulationTest::calm);
    }

    @Test
    void noSequenceOfFailuresBreaksAGuaranteeAndThePoolRecovers() {
        each(SimulationTest::storm);
    }

    @Test
    void aHealthyWorkerIsNeverRestartedBecauseOfItsSiblings() {
        each(SimulationTest::siblings);
    }

    private static void calm(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PoolSpec spec = spec(random).build();
        SimulatedPool pool = new SimulatedPool(spec, random, true, _ -> SimulatedBehavior.good(random));
        for (int i = random.nextInt(20); i > 0; i--) {
            pool.runFor(Duration.ofMillis(random.nextInt(20_000)));
            order(pool, random);
        }
        rest(pool, spec);
        pool.close(random.nextInt(4) == 0);
    }

    private static void storm(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PoolSpec spec = spec(random).build();
        SimulatedPool pool = new SimulatedPool(
                spec,
                random,
                false,
                _ -> random.nextInt(3) == 0 ? SimulatedBehavior.good(random) : SimulatedBehavior.bad(random));
        for (int i = random.nextInt(20); i > 0; i--) {
            pool.runFor(Duration.ofMillis(random.nextInt(20_000)));
            order(pool, random);
        }
        if (random.nextBoolean()) {
            pool.processes.behave(_ -> SimulatedBehavior.good(random));
            // Bad processes that still run are replaced by good ones.
            pool.change(
                    pool.engine.spec().but().command(List.of("server", "good")).build());
            rest(pool, spec);
        }
        pool.close(random.nextInt(4) == 0);
    }

    private static void rest(SimulatedPool pool, PoolSpec spec) {
        pool.pause(false);
        pool.change(pool.engine
                .spec()
                .but()
                .limits(Limits.NONE)
                .replicas(spec.replicas())
                .build());
        pool.runFor(Duration.ofMinutes(5));
        pool.requireSteadyState();
        assertThat(pool.processes.count()).as("processes in steady state").isEqualTo(spec.replicas());
    }

    private static void siblings(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PoolSpec spec = PoolSpec.of("pool", List.of("server"))
                .replicas(2 + random.nextInt(3))
                .restart(restart(random))
                .ready(ready(random))
                .live(live(random))
                .build();
        String steady = spec.name() + "-0";
        SimulatedPool pool = new SimulatedPool(
                spec, random, false, label -> label.equals(steady) ? steadfast() : SimulatedBehavior.bad(random));
        for (int i = random.nextInt(20); i > 0; i--) {
            pool.runFor(Duration.ofMillis(random.nextInt(20_000)));
            pool.engine.workers().stream()
                    .filter(worker -> !worker.id().equals(steady))
                    .skip(random.nextInt(spec.replicas()))
                    .findFirst()
                    .ifPresent(pool::recycle);
        }
        pool.runFor(Duration.ofMinutes(1));
        assertThat(pool.processes.launches(steady))
                .as("starts of the healthy worker")
                .isEqualTo(1);
        assertThat(pool.processes.serving()).isGreaterThanOrEqualTo(1);
        pool.close(false);
    }

    private static SimulatedBehavior steadfast() {
        return new SimulatedBehavior(
                false,
                Duration.ofMillis(5),
                Optional.of(Duration.ofMillis(20)),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.of(Duration.ofMillis(50)),
                Duration.ZERO);
    }

    private static void order(SimulatedPool pool, SplittableRandom random) {
        List<WorkerInfo> workers = pool.engine.workers();
        switch (random.nextInt(6)) {
            case 0 -> pool.scale(1 + random.nextInt(5));
            case 1 ->
                pool.change(pool.engine
                        .spec()
                        .but()
                        .command(List.of("server", Integer.toString(random.nextInt(100))))
                        .build());
            case 2 -> pool.pause(random.nextBoolean());
            case 3 -> workers.forEach(pool::recycle);
            case 4 ->
                pool.change(pool.engine.spec().but().limits(limits(random)).build());
            default ->
                workers.stream()
                        .skip(random.nextInt(1 + workers.size()))
                        .findFirst()
                        .ifPresent(pool::recycle);
        }
    }

    private static PoolSpec.Builder spec(SplittableRandom random) {
        PoolSpec.Builder spec = PoolSpec.of("pool", List.of("server"))
                .replicas(1 + random.nextInt(5))
                .startSpacing(Duration.ofMillis(random.nextInt(3) == 0 ? random.nextInt(2_000) : 0))
                .stop("TERM", Duration.ofSeconds(5))
                .restart(restart(random))
                .ready(ready(random))
                .live(live(random))
                .limits(limits(random))
                .recycling(new ReplacementPolicy(
                        random.nextInt(3) == 0
                                ? ReplacementPolicy.Order.STOP_FIRST
                                : ReplacementPolicy.Order.START_FIRST,
                        1 + random.nextInt(2)));
        return random.nextInt(3) > 0
                ? spec
                : spec.listening(new Listening.Proxied(
                        9000,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 80),
                        "random",
                        "/",
                        Duration.ofSeconds(4)));
    }

    private static HealthCheck live(SplittableRandom random) {
        return new HealthCheck(
                new Probe.Tcp("127.0.0.1:1"),
                Duration.ofSeconds(1 + random.nextInt(5)),
                Duration.ofSeconds(1),
                Duration.ofSeconds(random.nextInt(20)),
                1 + random.nextInt(3),
                1);
    }

    private static HealthCheck ready(SplittableRandom random) {
        return HealthCheck.prompt(
                new Probe.Http("http://127.0.0.1:1/"),
                Duration.ofSeconds(1 + random.nextInt(5)),
                Duration.ofSeconds(1));
    }

    private static RestartPolicy restart(SplittableRandom random) {
        return random.nextBoolean()
                ? RestartPolicy.DEFAULT
                : new RestartPolicy(
                        Duration.ofMillis(50),
                        Duration.ofSeconds(2),
                        random.nextDouble(),
                        Duration.ofSeconds(1),
                        OptionalInt.empty());
    }

    /** All expire together, or nearly. */
    private static Limits limits(SplittableRandom random) {
        return new Limits(
                Optional.of(Duration.ofMillis(1 + random.nextInt(60_000))),
                random.nextBoolean() ? 0 : random.nextDouble(),
                random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(SimulatedProcesses.TOO_MUCH - 1),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                Duration.ofMillis(100 + random.nextInt(5_000)));
    }
}
