package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Thousands of drawn schedules against the rules: crashes at once and late, missing programs, slow starts, checks that come and
 * go, stops that are ignored, deaths while stopping, orders at any time. The judge is in {@link SimulatedProcesses}; an illegal
 * move of a state throws by itself.
 */
class SimulationTest {

    private static final int SCHEDULES = 5_000;
    private static final String STEADY = "pool-0";

    private static final PoolSpec SPEC = PoolSpec.of("pool", List.of("server"), Path.of("/nowhere/pool.log"))
            .withStop("TERM", Duration.ofSeconds(5))
            .withReady(new ReadyCheck.Http(
                    URI.create("http://127.0.0.1:1/"), Duration.ofSeconds(1), Duration.ofSeconds(1)));

    private final Logger slotLog = (Logger) LoggerFactory.getLogger(WorkerSlot.class);

    /** A hundred thousand simulated crashes need no log. */
    @BeforeEach
    void silenceLog() {
        slotLog.setLevel(Level.OFF);
    }

    @AfterEach
    void restoreLog() {
        slotLog.setLevel(null);
    }

    @Test
    void noScheduleBreaksAGuarantee() {
        for (int seed = 0; seed < SCHEDULES; seed++) {
            try {
                play(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("schedule " + seed + " breaks a guarantee: " + e.getMessage(), e);
            }
        }
    }

    private static void play(int seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        PoolSpec spec = dice.nextBoolean()
                ? SPEC
                : SPEC.withRestart(new RestartPolicy(
                        Duration.ofMillis(50), Duration.ofSeconds(2), dice.nextDouble(), Duration.ofSeconds(1)));
        SimulatedLoop loop = new SimulatedLoop();
        SimulatedProcesses processes =
                new SimulatedProcesses(loop, dice.split(), spec.restart().initial(), Set.of(STEADY));
        Machinery machinery = new Machinery(loop, processes, processes, dice.split());
        List<WorkerSlot> slots = IntStream.range(0, 1 + dice.nextInt(4))
                .mapToObj(number -> new WorkerSlot(spec, start(spec, number), Path.of("/log"), machinery, slot -> {}))
                .toList();
        slots.forEach(slot -> slot.handle(new WorkerEvent.Start()));

        for (int i = dice.nextInt(20); i > 0; i--) {
            loop.runFor(Duration.ofMillis(dice.nextInt(20_000)));
            WorkerSlot some = slots.get(dice.nextInt(slots.size()));
            order(some, processes, dice);
        }
        loop.runFor(Duration.ofMillis(dice.nextInt(20_000)));
        if (slots.getFirst().info().since().plusSeconds(2).isBefore(loop.instant())) {
            assertThat(slots.getFirst().info().state()).isEqualTo(WorkerState.READY);
        }
        assertThat(processes.launches(STEADY))
                .as("starts of the sibling that behaves")
                .isEqualTo(1);
        close(slots, spec, loop, processes, dice.nextInt(4) == 0);
    }

    /** A second start while one runs must be harmless; the worker that behaves is never restarted. */
    private static void order(WorkerSlot slot, SimulatedProcesses processes, SplittableRandom dice) {
        if (dice.nextBoolean() || slot.info().id().equals(STEADY)) {
            slot.handle(new WorkerEvent.Start());
            return;
        }
        if (slot.state() != WorkerState.STARTING) {
            processes.ordered(slot.info().id());
        }
        slot.handle(new WorkerEvent.Restart());
    }

    private static void close(
            List<WorkerSlot> slots, PoolSpec spec, SimulatedLoop loop, SimulatedProcesses processes, boolean hurry) {
        processes.closed();
        slots.forEach(slot -> slot.handle(new WorkerEvent.Stop()));
        if (hurry) {
            slots.forEach(slot -> slot.handle(new WorkerEvent.Hurry()));
        }
        loop.runFor(spec.stop().timeout().plus(WorkerLife.KILL_PATIENCE));
        assertThat(slots).allMatch(slot -> slot.state() == WorkerState.STOPPED);
        loop.runFor(Duration.ofHours(1));
        assertThat(processes.present()).as("processes after the close").isEmpty();
        assertThat(slots).allMatch(slot -> slot.state() == WorkerState.STOPPED);
        assertThat(slots).allMatch(slot -> slot.info().pid().isEmpty());
    }

    private static Processes.Start start(PoolSpec spec, int number) {
        return new Processes.Start(
                "pool-" + number,
                spec.command(),
                Map.of(),
                spec.directory(),
                spec.user(),
                "KILL",
                spec.stop().timeout(),
                (bytes, length) -> {});
    }
}
