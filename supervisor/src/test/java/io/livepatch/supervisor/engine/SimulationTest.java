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
 * Thousands of drawn schedules against the guarantees: crashes at once and late, missing programs, slow starts, workers that never get
 * ready, hang with and without an answer, leak, outlive their time or ignore their stop, a balancer that loses answers, and orders at any time. The judge is in
 * {@link SimulatedPool}; an illegal move of a state throws by itself.
 */
class SimulationTest {

    /** {@code scripts/soak} plays many more. */
    private static final int SCHEDULES = Integer.getInteger("simulation.schedules", 500);

    private final Logger engineLog = (Logger) LoggerFactory.getLogger(SimulationTest.class.getPackageName());

    /** A hundred thousand simulated crashes need no log. */
    @BeforeEach
    void silenceLog() {
        engineLog.setLevel(Level.OFF);
    }

    @AfterEach
    void restoreLog() {
        engineLog.setLevel(null);
    }

    private static void each(IntConsumer schedule) {
        for (int seed = 0; seed < SCHEDULES; seed++) {
            try {
                schedule.accept(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("schedule " + seed + " breaks a guarantee: " + e.getMessage(), e);
            }
        }
    }

    /** Nothing is wrong, and everything that can be planned is planned, all at once. */
    @Test
    void recyclingTakesNoCapacityWhateverTheTimersSay() {
        each(SimulationTest::calm);
    }

    @Test
    void noStormBreaksAGuaranteeAndAfterItAllIsWell() {
        each(SimulationTest::storm);
    }

    @Test
    void aWorkerThatBehavesIsNeverTouchedForItsSiblings() {
        each(SimulationTest::siblings);
    }

    private static void calm(int seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        PoolSpec spec = spec(dice).build();
        SimulatedPool pool = new SimulatedPool(spec, dice, true, _ -> Fate.good(dice));
        for (int i = dice.nextInt(20); i > 0; i--) {
            pool.runFor(Duration.ofMillis(dice.nextInt(20_000)));
            order(pool, dice);
        }
        rest(pool, spec);
        pool.close(dice.nextInt(4) == 0);
    }

    private static void storm(int seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        PoolSpec spec = spec(dice).build();
        SimulatedPool pool =
                new SimulatedPool(spec, dice, false, _ -> dice.nextInt(3) == 0 ? Fate.good(dice) : Fate.bad(dice));
        for (int i = dice.nextInt(20); i > 0; i--) {
            pool.runFor(Duration.ofMillis(dice.nextInt(20_000)));
            order(pool, dice);
        }
        if (dice.nextBoolean()) {
            pool.processes.behave(_ -> Fate.good(dice));
            // Whoever is still there may be as bad as ever, and is replaced by what is good.
            pool.change(
                    pool.engine.spec().but().command(List.of("server", "good")).build());
            rest(pool, spec);
        }
        pool.close(dice.nextInt(4) == 0);
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
        pool.requireRest();
        assertThat(pool.processes.count()).as("processes at rest").isEqualTo(spec.replicas());
    }

    private static void siblings(int seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        PoolSpec spec = PoolSpec.of("pool", List.of("server"))
                .replicas(2 + dice.nextInt(3))
                .restart(restart(dice))
                .ready(ready(dice))
                .live(live(dice))
                .build();
        String steady = spec.name() + "-0";
        SimulatedPool pool =
                new SimulatedPool(spec, dice, false, label -> label.equals(steady) ? steadfast() : Fate.bad(dice));
        for (int i = dice.nextInt(20); i > 0; i--) {
            pool.runFor(Duration.ofMillis(dice.nextInt(20_000)));
            pool.engine.workers().stream()
                    .filter(worker -> !worker.id().equals(steady))
                    .skip(dice.nextInt(spec.replicas()))
                    .findFirst()
                    .ifPresent(pool::recycle);
        }
        pool.runFor(Duration.ofMinutes(1));
        assertThat(pool.processes.launches(steady))
                .as("starts of the one that behaves")
                .isEqualTo(1);
        assertThat(pool.processes.serving()).isGreaterThanOrEqualTo(1);
        pool.close(false);
    }

    private static Fate steadfast() {
        return new Fate(
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

    private static void order(SimulatedPool pool, SplittableRandom dice) {
        List<WorkerInfo> workers = pool.engine.workers();
        switch (dice.nextInt(6)) {
            case 0 -> pool.scale(1 + dice.nextInt(5));
            case 1 ->
                pool.change(pool.engine
                        .spec()
                        .but()
                        .command(List.of("server", Integer.toString(dice.nextInt(100))))
                        .build());
            case 2 -> pool.pause(dice.nextBoolean());
            case 3 -> workers.forEach(pool::recycle);
            case 4 -> pool.change(pool.engine.spec().but().limits(limits(dice)).build());
            default ->
                workers.stream()
                        .skip(dice.nextInt(1 + workers.size()))
                        .findFirst()
                        .ifPresent(pool::recycle);
        }
    }

    private static PoolSpec.Builder spec(SplittableRandom dice) {
        PoolSpec.Builder spec = PoolSpec.of("pool", List.of("server"))
                .replicas(1 + dice.nextInt(5))
                .startSpacing(Duration.ofMillis(dice.nextInt(3) == 0 ? dice.nextInt(2_000) : 0))
                .stop("TERM", Duration.ofSeconds(5))
                .restart(restart(dice))
                .ready(ready(dice))
                .live(live(dice))
                .limits(limits(dice))
                .recycling(new ReplacementPolicy(
                        dice.nextInt(3) == 0 ? ReplacementPolicy.Order.STOP_FIRST : ReplacementPolicy.Order.START_FIRST,
                        1 + dice.nextInt(2)));
        return dice.nextInt(3) > 0
                ? spec
                : spec.listening(new Listening.Proxied(
                        9000,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 80),
                        "random",
                        "/",
                        Duration.ofSeconds(4)));
    }

    private static HealthCheck live(SplittableRandom dice) {
        return new HealthCheck(
                new Probe.Tcp("127.0.0.1:1"),
                Duration.ofSeconds(1 + dice.nextInt(5)),
                Duration.ofSeconds(1),
                Duration.ofSeconds(dice.nextInt(20)),
                1 + dice.nextInt(3),
                1);
    }

    private static HealthCheck ready(SplittableRandom dice) {
        return HealthCheck.prompt(
                new Probe.Http("http://127.0.0.1:1/"), Duration.ofSeconds(1 + dice.nextInt(5)), Duration.ofSeconds(1));
    }

    private static RestartPolicy restart(SplittableRandom dice) {
        return dice.nextBoolean()
                ? RestartPolicy.DEFAULT
                : new RestartPolicy(
                        Duration.ofMillis(50),
                        Duration.ofSeconds(2),
                        dice.nextDouble(),
                        Duration.ofSeconds(1),
                        OptionalInt.empty());
    }

    /** All expire together, or nearly. */
    private static Limits limits(SplittableRandom dice) {
        return new Limits(
                Optional.of(Duration.ofMillis(1 + dice.nextInt(60_000))),
                dice.nextBoolean() ? 0 : dice.nextDouble(),
                dice.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(SimulatedProcesses.TOO_MUCH - 1),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                Duration.ofMillis(100 + dice.nextInt(5_000)));
    }
}
