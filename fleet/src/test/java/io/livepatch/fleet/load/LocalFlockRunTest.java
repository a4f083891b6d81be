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
import io.livepatch.fleet.stats.Recorder;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.SecondStats;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

final class LocalFlockRunTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final Scripted business = new Scripted();

    private interface Deed {
        void turn(int monkey) throws InterruptedException;
    }

    /** Does what the test says, and watches that no monkey has two turns at once. */
    private static final class Scripted implements Business {
        private final AtomicIntegerArray atOnce = new AtomicIntegerArray(100_000);
        private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        private volatile Deed preparation = monkey -> {};
        private volatile Deed deed = monkey -> {};
        private volatile boolean closed;

        @Override
        public void prepare(int monkey, Recorder recorder) throws InterruptedException {
            preparation.turn(monkey);
        }

        @Override
        public void turn(int monkey, Recorder recorder) throws InterruptedException {
            if (atOnce.incrementAndGet(monkey) != 1) {
                seen.add("two turns at once of " + monkey);
            }
            recorder.answered("unit");
            try {
                deed.turn(monkey);
            } finally {
                atOnce.decrementAndGet(monkey);
            }
        }

        @Override
        public void forget(int monkey) {
            seen.add("forget " + monkey);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private FlockRun start(Flock flock, FlockPartition flockPartition, Instant begin) {
        Limits limits = new Limits(50_000, Duration.ofMillis(300));
        return new LocalFlockRuns(0, any -> business, InstantSource.system(), limits)
                .start(flock, flockPartition, begin);
    }

    private FlockRun start(Flock flock) {
        return start(flock, FlockPartition.whole(1), Instant.now());
    }

    private static Flock closed(int count, Duration idle, Optional<Duration> duration) {
        return Flocks.of(count, Flocks.loop(idle), new Load.Closed(), duration);
    }

    private static void awaitDone(FlockRun run, long turns) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(run.figures().done()).isGreaterThanOrEqualTo(turns));
    }

    @Test
    void turnsOfTheWarmUpAreDoneAndNotJudged() {
        Flock flock = Runs.warming(
                Flocks.of(
                        50,
                        StartBatches.one(),
                        Flocks.loop(Duration.ZERO),
                        constant(100),
                        Optional.of(Duration.ofMillis(600))),
                Duration.ofMillis(300));
        try (FlockRun run = start(flock, FlockPartition.whole(1), Instant.now().plusSeconds(1))) {
            await().until(run::ended);
            RunStats runStats = run.figures();

            assertThat(runStats.unjudged()).isEqualTo(30);
            assertThat(runStats.offered()).isEqualTo(30);
            assertThat(runStats.done()).isEqualTo(30);
            assertThat(runStats.units()).containsExactly(Map.entry("unit", 30L));
            assertThat(runStats.slots().stream().mapToLong(SecondStats::done).sum())
                    .isEqualTo(60);
        }
    }

    @Test
    void aHundredThousandMonkeysHaveTheirTurnsAndAreIdle() {
        try (FlockRun run = start(closed(100_000, LONG, Optional.empty()))) {
            awaitDone(run, 100_000);

            assertThat(run.ended()).isFalse();
            RunStats runStats = run.figures();
            assertThat(runStats.offered()).isEqualTo(100_000);
            assertThat(runStats.turn().ok()).isEqualTo(100_000);
            assertThat(runStats.generator().machines()).isEqualTo(100_000);
            assertThat(runStats.generator().lateness().count()).isEqualTo(100_000);
            assertThat(run.monkeys(99_998, 10)).extracting(MonkeyInfo::number).containsExactly(99_998, 99_999);
            assertThat(run.monkeys(0, 3)).allSatisfy(monkey -> {
                assertThat(monkey.state()).isEqualTo(MonkeyInfo.State.IDLE);
                assertThat(monkey.successes()).isEqualTo(1);
                assertThat(monkey.last()).isPresent();
            });
        }
        assertThat(business.closed).isTrue();
        assertThat(business.seen).isEmpty();
    }

    @Test
    void anEmptyLoopGoesRoundUntilItsTimeIsOver() {
        try (FlockRun run = start(closed(100, Duration.ZERO, Optional.of(Duration.ofMillis(1500))))) {
            await().until(run::ended);

            RunStats runStats = run.figures();
            assertThat(runStats.done()).isEqualTo(runStats.offered()).isGreaterThan(1000);
            assertThat(runStats.slots()).extracting(SecondStats::second).containsExactly(0, 1);
            assertThat(runStats.slots().getFirst().machines()).isEqualTo(100);
            assertThat(runStats.generator().busiest()).isPositive();
            assertThat(runStats.generator().machines()).isZero();
            assertThat(run.monkeys(0, 1000)).hasSize(100).allSatisfy(monkey -> {
                assertThat(monkey.state()).isEqualTo(MonkeyInfo.State.FINISHED);
                assertThat(monkey.successes())
                        .as("turns of a monkey among others")
                        .isPositive();
            });
        }
        assertThat(business.seen).isEmpty();
    }

    @Test
    void aMachineOfTheHerdIsPreparedBeforeItsTurnWhichWaitsForThat() {
        ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
        CountDownLatch outageIsOver = new CountDownLatch(1);
        CompletableFuture<FlockRun> begun = new CompletableFuture<>();
        business.preparation = monkey -> {
            if (monkey == 1) {
                outageIsOver.await();
                await("both turns are under way")
                        .until(() -> begun.join().figures().offered() == 2);
            }
            told.add("prepared " + monkey);
            throw new IterationException("in vain", "the turn makes up for it", null);
        };
        business.deed = monkey -> {
            told.add("turn " + monkey);
            outageIsOver.countDown();
        };
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(1));
        try (FlockRun run = start(Flocks.of(2, herd, new Load.Closed(), Optional.empty()))) {
            begun.complete(run);
            await().until(run::ended);

            assertThat(told).containsExactly("prepared 0", "turn 0", "prepared 1", "turn 1");
            assertThat(run.figures().turn().ok()).isEqualTo(2);
        }
    }

    @Test
    void anEmptyLoopLeavesTheProcessorsToOthersToo() throws InterruptedException {
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
    void anOpenLoadOffersWhatItsRateSays() {
        Flock flock = Flocks.of(5000, Flocks.loop(LONG), constant(2000), Optional.of(Duration.ofSeconds(2)));
        try (FlockRun run = start(flock, FlockPartition.whole(1), Instant.now().plusSeconds(1))) {
            await().until(run::ended);

            RunStats runStats = run.figures();
            assertThat(runStats.offered()).isEqualTo(4000);
            assertThat(runStats.done()).isEqualTo(4000);
            assertThat(runStats.slots()).extracting(SecondStats::offered).startsWith(2000L, 2000L);
            assertThat(run.monkeys(0, 5000).stream().filter(monkey -> monkey.successes() == 1))
                    .hasSize(4000);
        }
        assertThat(business.seen).isEmpty();
    }

    @Test
    void aServerThatStallsShowsInAnOpenLoadAndHardlyInAClosedOne() {
        // A lock, held for one second of every two, as of a server that stops the world.
        Semaphore door = new Semaphore(1);
        AtomicBoolean over = new AtomicBoolean();
        business.deed = monkey -> {
            door.acquire();
            door.release();
        };
        Thread staller = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                door.acquireUninterruptibly();
                pause(Duration.ofSeconds(1));
                door.release();
                pause(Duration.ofSeconds(1));
            }
        });
        Duration duration = Duration.ofSeconds(4);
        Flock polling = Flocks.of(20, Flocks.loop(LONG), constant(200), Optional.of(duration));
        // Whoever starts after the common start has missed what was due by then.
        try (FlockRun open =
                        start(polling, FlockPartition.whole(1), Instant.now().plusSeconds(1));
                FlockRun closed = start(closed(1, Duration.ofMillis(1), Optional.of(duration)))) {
            await().until(() -> open.ended() && closed.ended());

            RunStats seen = open.figures();
            assertThat(seen.offered()).isEqualTo(800);
            assertThat(seen.turn().ok()).isEqualTo(800);
            assertThat(seen.turn().response().percentile(99)).isGreaterThan(Duration.ofMillis(500));
            assertThat(seen.turn().response().percentile(80)).isGreaterThan(Duration.ofMillis(100));
            assertThat(seen.turn().service().percentile(80)).isLessThan(Duration.ofMillis(50));
            assertThat(closed.figures().turn().service().percentile(99)).isLessThan(Duration.ofMillis(100));
        } finally {
            over.set(true);
            door.release(2);
            staller.interrupt();
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void failuresAreCountedByKindAndRemembered() {
        AtomicBoolean bad = new AtomicBoolean(true);
        business.deed = monkey -> {
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
            await().until(() -> run.monkey(3).orElseThrow().successes() > 0
                    && run.monkey(4).orElseThrow().successes() > 0);

            assertThat(run.figures().turn().errors()).containsOnlyKeys("status 500", "IllegalStateException");
            assertThat(run.log(3)).first().asString().endsWith("status 500: the server said 500");
            assertThat(run.log(3)).last().asString().endsWith("goes on without error");
            assertThat(run.log(1)).isEmpty();
            assertThat(run.monkey(10)).isEmpty();
        }
    }

    @Test
    void afterARefreshEveryMonkeyBeginsAsIfForTheFirstTime() {
        try (FlockRun run = start(closed(3, Duration.ofMillis(5), Optional.empty()))) {
            awaitDone(run, 3);
            assertThat(business.seen).isEmpty();

            run.refresh();

            await().untilAsserted(() -> assertThat(business.seen).contains("forget 0", "forget 1", "forget 2"));
            awaitDone(run, run.figures().done() + 6);
            assertThat(business.seen).hasSize(3);
        }
    }

    @Test
    void monkeysMoveWithTheDivision() {
        FlockPartition both = FlockPartition.whole(2);
        FlockPartition alone = new FlockPartition(2, new TreeSet<>(Set.of(0)));
        try (FlockRun run = start(closed(1000, Duration.ofMillis(1), Optional.empty()), both, Instant.now())) {
            awaitDone(run, 2000);
            assertThat(run.monkeys(0, 1000)).hasSize(500);
            assertThat(run.monkey(1)).isEmpty();

            run.divide(alone);
            await().until(() -> run.monkeys(0, 1000).stream()
                            .filter(each -> each.successes() > 0)
                            .count()
                    == 1000);
            assertThat(run.figures().generator().machines()).isEqualTo(1000);
            for (int i = 0; i < 20; i++) {
                run.divide(i % 2 == 0 ? both : alone);
            }
            run.divide(both);

            assertThat(run.monkeys(0, 1000)).hasSize(500);
            assertThat(run.figures().generator().machines()).isEqualTo(500);
            long before = run.monkey(2).orElseThrow().successes();
            await().until(() -> run.monkey(2).orElseThrow().successes() > before);
        }
        assertThat(business.seen).isEmpty();
    }

    @Test
    void theEndWaitsForTurnsUnderWayAndThenInterruptsThem() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(2);
        Semaphore answer = new Semaphore(0);
        CountDownLatch never = new CountDownLatch(1);
        business.deed = monkey -> {
            begun.countDown();
            if (monkey == 0) {
                answer.acquire();
            } else {
                never.await();
            }
        };
        // From the future, since a start that comes a millisecond late would find it over.
        FlockRun run = start(
                closed(2, LONG, Optional.of(Duration.ofMillis(1))),
                FlockPartition.whole(1),
                Instant.now().plusSeconds(1));
        begun.await();
        assertThat(run.ended()).isFalse();
        answer.release();

        run.close();
        run.close();

        assertThat(run.ended()).isTrue();
        assertThat(run.figures().turn().ok()).isEqualTo(1);
        assertThat(run.figures().turn().errors()).containsOnlyKeys("interrupted");
        assertThat(business.closed).isTrue();
    }

    @Test
    void theHerdIsServedOnce() {
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofMillis(500));
        Flock flock = Flocks.of(10_000, herd, new Load.Closed(), Optional.empty());
        try (FlockRun run = start(flock)) {
            await().until(run::ended);

            assertThat(run.figures().turn().ok()).isEqualTo(10_000);
            assertThat(run.figures().slots().getFirst().offered()).isEqualTo(10_000);
            assertThat(run.monkeys(0, 10_000)).extracting(MonkeyInfo::successes).containsOnly(1L);
        }
    }

    @Test
    void numbersBeyondTheFlockAreNobody() {
        try (FlockRun run = start(closed(2, LONG, Optional.empty()))) {
            assertThat(run.monkeys(5, 10)).isEqualTo(List.of());
            assertThat(run.monkey(-1)).isEmpty();
        }
    }
}
