package io.livepatch.fleet.load;

import static io.livepatch.fleet.load.Flocks.constant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.FlockRun.Limits;
import io.livepatch.fleet.load.FlockRun.MonkeyInfo;
import io.livepatch.fleet.load.WorkloadRunner.IterationException;
import io.livepatch.fleet.stats.Recorder;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.StampedLock;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** Iterations run in real threads, by a clock that moves only when the test advances it. */
final class FlockRunTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final FlockPartition ALONE = FlockPartition.whole(1);

    private final Scripted runner = new Scripted();
    private final AtomicLong nanos = new AtomicLong();

    private interface Action {
        void run(int monkey) throws InterruptedException;
    }

    /** Runs the function of a test, and checks that no monkey runs two iterations at once. */
    private static final class Scripted implements WorkloadRunner {
        private final AtomicIntegerArray running = new AtomicIntegerArray(100_000);
        private final AtomicLong begun = new AtomicLong();
        private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
        private volatile Action preparation = _ -> {};
        private volatile Action iteration = _ -> {};
        private volatile boolean closed;

        @Override
        public void prepare(int monkey, Recorder recorder) throws InterruptedException {
            preparation.run(monkey);
        }

        @Override
        public void runIteration(int monkey, Recorder recorder) throws InterruptedException {
            if (running.incrementAndGet(monkey) != 1) {
                events.add("two iterations at once of " + monkey);
            }
            begun.incrementAndGet();
            recorder.answered("unit");
            try {
                iteration.run(monkey);
            } finally {
                running.decrementAndGet(monkey);
            }
        }

        @Override
        public void forget(int monkey) {
            events.add("forget " + monkey);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private FlockRun start(Flock flock, FlockPartition partition, Scripted scripted, Duration grace) {
        Limits limits = new Limits(50_000, grace);
        InstantSource clock = () -> Instant.EPOCH.plusNanos(nanos.get());
        return new FlockRun.LocalStarter(0, _ -> scripted, clock, nanos::get, limits)
                .start(flock, partition, Instant.EPOCH);
    }

    private FlockRun start(Flock flock, FlockPartition partition, Scripted scripted) {
        return start(flock, partition, scripted, Duration.ofMillis(300));
    }

    private FlockRun start(Flock flock, FlockPartition partition, Duration grace) {
        return start(flock, partition, runner, grace);
    }

    private FlockRun start(Flock flock) {
        return start(flock, ALONE, runner);
    }

    private void advance(Duration time, FlockRun... runs) {
        nanos.addAndGet(time.toNanos());
        List.of(runs).forEach(FlockRun::wake);
    }

    private static Flock closed(int count, Duration idle, Optional<Duration> duration) {
        return Flocks.of(count, Flocks.loop(idle), new Load.Closed(), duration);
    }

    private static void awaitDone(FlockRun run, long iterations) {
        await().atMost(Duration.ofSeconds(30)).until(() -> run.stats().done() >= iterations);
    }

    @Test
    void warmUpIterationsAreDoneAndNotMeasured() {
        Flock flock = Runs.warming(
                Flocks.of(
                        50,
                        StartBatches.one(),
                        Flocks.loop(Duration.ZERO),
                        constant(100),
                        Optional.of(Duration.ofMillis(600))),
                Duration.ofMillis(300));
        try (FlockRun run = start(flock)) {
            advance(Duration.ofMillis(600), run);
            await().until(run::ended);
            RunStats runStats = run.stats();

            assertThat(runStats.warmUp()).isEqualTo(30);
            assertThat(runStats.offered()).isEqualTo(30);
            assertThat(runStats.done()).isEqualTo(30);
            assertThat(runStats.units()).containsExactly(Map.entry("unit", 30L));
            assertThat(runStats.slots().stream().mapToLong(SecondStats::done).sum())
                    .isEqualTo(60);
        }
    }

    @Test
    void aHundredThousandMonkeysRunOnceAndAreIdle() {
        try (FlockRun run = start(closed(100_000, LONG, Optional.empty()))) {
            awaitDone(run, 100_000);

            assertThat(run.ended()).isFalse();
            RunStats runStats = run.stats();
            assertThat(runStats.offered()).isEqualTo(100_000);
            assertThat(runStats.iteration().ok()).isEqualTo(100_000);
            assertThat(runStats.generator().machines()).isEqualTo(100_000);
            assertThat(runStats.generator().lateness().count()).isEqualTo(100_000);
            assertThat(run.monkeys(99_998, 10)).extracting(MonkeyInfo::number).containsExactly(99_998, 99_999);
            // An iteration is counted before its monkey is idle.
            await("idle monkeys")
                    .untilAsserted(() -> assertThat(run.monkeys(0, 3)).allSatisfy(monkey -> {
                        assertThat(monkey.state()).isEqualTo(MonkeyInfo.State.IDLE);
                        assertThat(monkey.successes()).isEqualTo(1);
                        assertThat(monkey.last()).isPresent();
                    }));
        }
        assertThat(runner.closed).isTrue();
        assertThat(runner.events).isEmpty();
    }

    @Test
    void emptyLoopRepeatsUntilItsDurationIsOver() {
        try (FlockRun run = start(closed(100, Duration.ZERO, Optional.of(Duration.ofMillis(1500))))) {
            await("iterations of each monkey among others")
                    .until(() -> run.monkeys(0, 1000).stream().allMatch(monkey -> monkey.successes() > 1));
            advance(Duration.ofSeconds(1), run);
            await("the end of the first second")
                    .until(() -> run.stats().slots().getFirst().machines() == 100);
            await("iterations in the next one")
                    .until(() -> run.stats().slots().getLast().second() == 1
                            && run.stats().slots().getLast().done() > 1000);
            advance(Duration.ofMillis(500), run);
            await().until(run::ended);

            RunStats runStats = run.stats();
            assertThat(runStats.done()).isEqualTo(runStats.offered()).isGreaterThan(1000);
            assertThat(runStats.slots()).extracting(SecondStats::second).containsExactly(0, 1);
            assertThat(runStats.generator().busiest()).isPositive();
            assertThat(runStats.generator().machines()).isZero();
            assertThat(run.monkeys(0, 1000))
                    .hasSize(100)
                    .extracting(MonkeyInfo::state)
                    .containsOnly(MonkeyInfo.State.FINISHED);
        }
        assertThat(runner.events).isEmpty();
    }

    @Test
    void preparationPrecedesTheIterationWhichWaitsForIt() {
        ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
        CountDownLatch bothAreDue = new CountDownLatch(1);
        runner.preparation = monkey -> {
            if (monkey == 1) {
                bothAreDue.await();
            }
            order.add("prepared " + monkey);
            throw new IterationException("in vain", "the iteration makes up for it", null);
        };
        runner.iteration = monkey -> order.add("iteration " + monkey);
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(1));
        try (FlockRun run = start(Flocks.of(2, herd, new Load.Closed(), Optional.empty()))) {
            await().until(() -> order.contains("prepared 0"));
            advance(Duration.ofSeconds(1), run);
            await().until(() -> run.stats().offered() == 2 && order.contains("iteration 0"));
            bothAreDue.countDown();
            await().until(run::ended);

            assertThat(order).containsExactly("prepared 0", "iteration 0", "prepared 1", "iteration 1");
            assertThat(run.stats().iteration().ok()).isEqualTo(2);
        }
    }

    @Test
    void emptyLoopLeavesProcessorsToOtherThreads() throws InterruptedException {
        try (FlockRun run = start(closed(1000, Duration.ZERO, Optional.empty()))) {
            awaitDone(run, 10_000);
            CountDownLatch others = new CountDownLatch(100);

            for (int i = 0; i < 100; i++) {
                Thread.ofVirtual().start(others::countDown);
            }

            assertThat(others.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void openLoadOffersItsRate() {
        Flock flock = Flocks.of(5000, Flocks.loop(LONG), constant(2000), Optional.of(Duration.ofSeconds(2)));
        try (FlockRun run = start(flock)) {
            advance(Duration.ofSeconds(2), run);
            await().until(run::ended);

            RunStats runStats = run.stats();
            assertThat(runStats.offered()).isEqualTo(4000);
            assertThat(runStats.done()).isEqualTo(4000);
            assertThat(runStats.slots()).extracting(SecondStats::offered).startsWith(2000L, 2000L);
            assertThat(run.monkeys(0, 5000).stream().filter(monkey -> monkey.successes() == 1))
                    .hasSize(4000);
        }
        assertThat(runner.events).isEmpty();
    }

    /** The server stops the world in the first and the third of four seconds. */
    @Test
    void serverStallShowsInAnOpenLoadAndHardlyInAClosedOne() {
        StampedLock world = new StampedLock();
        Scripted closedRunner = new Scripted();
        runner.iteration = _ -> world.unlockRead(world.readLock());
        closedRunner.iteration = runner.iteration;
        Optional<Duration> duration = Optional.of(Duration.ofSeconds(4));
        long stopped = world.writeLock();
        try (FlockRun open = start(Flocks.of(20, Flocks.loop(LONG), constant(200), duration));
                FlockRun closed = start(closed(1, Duration.ofMillis(1), duration), ALONE, closedRunner)) {
            Duration step = Duration.ofMillis(5);
            for (int stalls = 1; stalls <= 2; stalls++) {
                long closedDone = (stalls - 1) * 201L;
                long openDone = (stalls - 1) * 400L;
                advance(step, open, closed);
                soon().until(() -> closedRunner.begun.get() == closedDone + 1);
                advance(step.multipliedBy(199), open, closed);
                soon().until(() -> runner.begun.get() == openDone + 20);
                world.unlockWrite(stopped);
                soon().until(() -> successes(open) == openDone + 200 && successes(closed) == closedDone + 1);
                for (int i = 1; i <= 200; i++) {
                    int steps = i;
                    advance(step, open, closed);
                    soon().until(() ->
                            successes(open) == openDone + 200 + steps && successes(closed) == closedDone + 1 + steps);
                }
                stopped = world.writeLock();
            }
            world.unlockWrite(stopped);
            await().until(() -> open.ended() && closed.ended());

            RunStats stats = open.stats();
            assertThat(stats.offered()).isEqualTo(800);
            assertThat(stats.iteration().ok()).isEqualTo(800);
            assertThat(stats.iteration().response().percentile(99)).isGreaterThan(Duration.ofMillis(500));
            assertThat(stats.iteration().response().percentile(80)).isGreaterThan(Duration.ofMillis(100));
            assertThat(stats.iteration().service().percentile(80)).isLessThan(Duration.ofMillis(50));
            assertThat(closed.stats().iteration().service().max()).isGreaterThan(Duration.ofMillis(900));
            assertThat(closed.stats().iteration().service().percentile(99)).isLessThan(Duration.ofMillis(100));
        }
    }

    private static ConditionFactory soon() {
        return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1));
    }

    private static long successes(FlockRun run) {
        return run.monkeys(0, 20).stream().mapToLong(MonkeyInfo::successes).sum();
    }

    @Test
    void failuresAreCountedByKindAndLogged() {
        AtomicBoolean bad = new AtomicBoolean(true);
        runner.iteration = monkey -> {
            if (bad.get() && monkey == 3) {
                throw new IterationException("status 500", "the server said 500", null);
            }
            if (bad.get() && monkey == 4) {
                throw new IllegalStateException("broken");
            }
        };
        try (FlockRun run = start(closed(10, Duration.ofMillis(20), Optional.empty()))) {
            awaitDone(run, 10);
            MonkeyInfo info = run.monkey(3).orElseThrow();
            assertThat(info.name()).isEqualTo("f-3");
            assertThat(info.failures()).isPositive();
            assertThat(info.successes()).isZero();
            assertThat(info.error()).contains("status 500");
            bad.set(false);
            advance(Duration.ofMillis(20), run);
            await().until(() -> run.monkey(3).orElseThrow().successes() > 0
                    && run.monkey(4).orElseThrow().successes() > 0);

            assertThat(run.stats().iteration().errors()).containsOnlyKeys("status 500", "IllegalStateException");
            assertThat(run.log(3)).first().asString().endsWith("status 500: the server said 500");
            assertThat(run.log(3)).last().asString().endsWith("recovered");
            assertThat(run.log(1)).isEmpty();
            assertThat(run.monkey(10)).isEmpty();
        }
    }

    @Test
    void refreshMakesTheNextIterationOfEveryMonkeyLikeItsFirst() {
        try (FlockRun run = start(closed(3, Duration.ofMillis(5), Optional.empty()))) {
            awaitDone(run, 3);
            assertThat(runner.events).isEmpty();

            run.refresh();

            advance(Duration.ofMillis(5), run);
            awaitDone(run, 6);
            assertThat(runner.events).containsExactlyInAnyOrder("forget 0", "forget 1", "forget 2");
            advance(Duration.ofMillis(5), run);
            awaitDone(run, 9);
            assertThat(runner.events).hasSize(3);
        }
    }

    @Test
    void monkeysMoveWithTheDivision() {
        FlockPartition both = FlockPartition.whole(2);
        FlockPartition alone = new FlockPartition(2, new TreeSet<>(Set.of(0)));
        try (FlockRun run = start(closed(1000, Duration.ofMillis(1), Optional.empty()), both, runner)) {
            awaitDone(run, 500);
            advance(Duration.ofMillis(1), run);
            awaitDone(run, 1000);
            assertThat(run.monkeys(0, 1000)).hasSize(500);
            assertThat(run.monkey(1)).isEmpty();

            run.divide(alone);
            await().until(() -> run.monkeys(0, 1000).stream()
                            .filter(each -> each.successes() > 0)
                            .count()
                    == 1000);
            assertThat(run.stats().generator().machines()).isEqualTo(1000);
            for (int i = 0; i < 20; i++) {
                run.divide(i % 2 == 0 ? both : alone);
            }
            run.divide(both);

            assertThat(run.monkeys(0, 1000)).hasSize(500);
            assertThat(run.stats().generator().machines()).isEqualTo(500);
            long before = run.monkey(2).orElseThrow().successes();
            await().until(() -> {
                advance(Duration.ofMillis(1), run);
                return run.monkey(2).orElseThrow().successes() > before;
            });
        }
        assertThat(runner.events).isEmpty();
    }

    @Test
    void closeWaitsForRunningIterations() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Semaphore answer = new Semaphore(0);
        runner.iteration = _ -> {
            begun.countDown();
            answer.acquire();
        };
        FlockRun run = start(closed(1, LONG, Optional.of(Duration.ofMillis(1))), ALONE, Duration.ofMinutes(1));
        begun.await();
        assertThat(run.ended()).isFalse();

        Thread closing = Thread.ofPlatform().start(run::close);
        await("the close waits").until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        assertThat(runner.closed).isFalse();
        answer.release();
        closing.join();

        assertThat(run.ended()).isTrue();
        assertThat(run.stats().iteration().ok()).isEqualTo(1);
        assertThat(run.stats().iteration().errors()).isEmpty();
        assertThat(runner.closed).isTrue();
    }

    @Test
    void closeInterruptsIterationsAfterTheGracePeriod() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        runner.iteration = _ -> {
            begun.countDown();
            never.await();
        };
        FlockRun run = start(closed(1, LONG, Optional.of(Duration.ofMillis(1))), ALONE, Duration.ZERO);
        begun.await();

        run.close();
        run.close();

        assertThat(run.ended()).isTrue();
        assertThat(run.stats().iteration().ok()).isZero();
        assertThat(run.stats().iteration().errors()).containsOnlyKeys("interrupted");
        assertThat(runner.closed).isTrue();
    }

    @Test
    void herdIsServedOnce() {
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofMillis(500));
        try (FlockRun run = start(Flocks.of(10_000, herd, new Load.Closed(), Optional.empty()))) {
            advance(Duration.ofMillis(500), run);
            await().until(run::ended);

            assertThat(run.stats().iteration().ok()).isEqualTo(10_000);
            assertThat(run.stats().slots().getFirst().offered()).isEqualTo(10_000);
            assertThat(run.monkeys(0, 10_000)).extracting(MonkeyInfo::successes).containsOnly(1L);
        }
    }

    @Test
    void numbersOutsideTheFlockHaveNoMonkey() {
        try (FlockRun run = start(closed(2, LONG, Optional.empty()))) {
            assertThat(run.monkeys(5, 10)).isEqualTo(List.of());
            assertThat(run.monkey(-1)).isEmpty();
        }
    }
}
