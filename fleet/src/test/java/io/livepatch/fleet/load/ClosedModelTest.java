package io.livepatch.fleet.load;

import static io.livepatch.fleet.load.Flocks.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.FlockRun.Limits;
import io.livepatch.fleet.load.LoadModel.FlockShare;
import io.livepatch.fleet.load.SimulatedExecutor.Begun;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ClosedModelTest {
    private static final Workload WORK =
            new Workload.EmptyLoop(new Workload.Pace(Duration.ofSeconds(10), Duration.ofSeconds(3), true));

    private final MonkeyStates monkeys = new MonkeyStates(100, 2);
    private final SimulatedExecutor executor = new SimulatedExecutor();

    private static Flock flock(int count, Workload workload, Optional<Duration> duration) {
        return Flocks.of(count, new StartBatches(4, Duration.ofSeconds(1)), workload, new Load.Closed(), duration);
    }

    private LoadModel model(Flock flock) {
        return LoadModel.of(flock, monkeys, executor, Limits.DEFAULT, new SplittableRandom(1));
    }

    private static FlockShare share(Flock flock, int replica, Integer... present) {
        return FlockShare.of(flock, new FlockPartition(2, new TreeSet<>(Set.of(present))), replica);
    }

    @Test
    void batchesBeginOneAfterTheOther() {
        Flock flock = flock(10, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 1, 0, 1), -5 * SECOND);

        assertThat(model.advance(-SECOND)).isZero();
        assertThat(executor.begun).isEmpty();
        assertThat(model.alive(-SECOND)).isZero();
        assertThat(model.advance(0)).isEqualTo(SECOND);
        assertThat(executor.monkeys()).containsExactlyInAnyOrder(1, 3);
        assertThat(model.advance(SECOND)).isEqualTo(2 * SECOND);
        assertThat(model.advance(2 * SECOND)).isEqualTo(LoadModel.NEVER);
        assertThat(executor.monkeys()).containsExactlyInAnyOrder(1, 3, 5, 7, 9);
        assertThat(model.alive(2 * SECOND)).isEqualTo(5);
        assertThat(model.over(2 * SECOND)).isFalse();
    }

    @Test
    void pauseDependsOnTheResultOfTheIteration() {
        Flock flock = flock(1, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);
        model.advance(0);

        executor.end(0, true, SECOND, model);
        assertThat(model.advance(SECOND)).isEqualTo(11 * SECOND);
        model.advance(11 * SECOND);
        executor.end(0, false, 12 * SECOND, model);
        assertThat(model.advance(12 * SECOND)).isEqualTo(15 * SECOND);
        assertThat(executor.moments()).containsExactly(0L, 11 * SECOND);
        assertThat(executor.wakes).as("wake-ups of the scheduler").isEqualTo(3);
    }

    @Test
    void withoutPauseTheNextIterationFollowsAtOnce() {
        Flock flock = flock(1, Flocks.loop(Duration.ZERO), Optional.of(Duration.ofSeconds(5)));
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);
        model.advance(0);

        executor.end(0, true, 3, model);
        executor.end(0, true, 5, model);
        assertThat(executor.moments()).containsExactly(0L, 3L, 5L);
        assertThat(executor.reported).isEqualTo(2);
        executor.end(0, true, 5 * SECOND, model);
        assertThat(executor.running).isEmpty();
        assertThat(model.over(5 * SECOND)).isTrue();
    }

    @Test
    void withoutRestartAMonkeyFinishesAfterAFailure() {
        Flock flock = flock(
                2, new Workload.EmptyLoop(new Workload.Pace(Duration.ZERO, Duration.ZERO, false)), Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);
        model.advance(0);

        executor.end(0, false, 1, model);
        assertThat(monkeys.is(0, MonkeyStates.FINISHED)).isTrue();
        assertThat(model.alive(1)).isEqualTo(1);
        assertThat(model.over(1)).isFalse();
        executor.end(1, true, 1, model);
        executor.end(1, false, 2, model);
        assertThat(model.over(2)).isTrue();
        assertThat(model.alive(2)).isZero();
    }

    @Test
    void noIterationBeginsAfterTheDuration() {
        Flock flock = flock(8, WORK, Optional.of(Duration.ofSeconds(10)));
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);

        executor.pass(model, 0, 30 * SECOND);

        assertThat(executor.moments()).containsExactly(0L, 0L, 0L, 0L, SECOND, SECOND, SECOND, SECOND);
        assertThat(model.over(9 * SECOND)).as("a monkey may still be added").isFalse();
        assertThat(model.over(10 * SECOND)).isTrue();
    }

    @Test
    void lateReplicaBeginsPastBatchesAtOnce() {
        Flock flock = flock(12, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), SECOND + 500);

        assertThat(model.advance(SECOND + 500)).isEqualTo(2 * SECOND);
        assertThat(executor.monkeys()).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(executor.moments()).containsOnly(SECOND + 500);
    }

    @Test
    void removedMonkeysStopAndAddedOnesBeginAtOnce() {
        Flock flock = flock(4, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0, 1), -1);
        executor.pass(model, 0, SECOND);
        assertThat(executor.monkeys()).containsExactlyInAnyOrder(0, 2);

        model.divide(share(flock, 0, 0), 2 * SECOND);
        model.divide(share(flock, 0, 0), 2 * SECOND);
        executor.pass(model, 2 * SECOND, 3 * SECOND);
        assertThat(executor.monkeys()).containsExactlyInAnyOrder(0, 2, 1, 3);
        assertThat(model.alive(3 * SECOND)).isEqualTo(4);

        model.divide(share(flock, 0, 0, 1), 4 * SECOND);
        assertThat(model.alive(4 * SECOND)).isEqualTo(2);
        executor.pass(model, 4 * SECOND, 15 * SECOND);
        assertThat(executor.begun).hasSize(6).endsWith(new Begun(0, 10 * SECOND), new Begun(2, 10 * SECOND));
    }

    @Test
    void monkeyThatReturnsDuringItsIterationDoesNotBeginAnother() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);
        model.advance(0);

        model.divide(share(flock, 0, 0, 1), 1);
        model.divide(share(flock, 0, 0), 2);
        assertThat(model.alive(3)).isEqualTo(2);
        executor.end(0, true, SECOND, model);
        executor.end(1, true, SECOND, model);
        model.advance(SECOND);
        assertThat(executor.begun).hasSize(2);
        model.advance(11 * SECOND);
        assertThat(executor.begun).hasSize(4);
    }

    @Test
    void monkeyThatReturnsIsQueuedOnce() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 1, 1), -1);
        model.advance(0);
        executor.end(0, true, SECOND, model);
        model.divide(share(flock, 1, 0, 1), 2 * SECOND);
        model.divide(share(flock, 1, 1), 3 * SECOND);
        executor.end(1, true, 4 * SECOND, model);

        executor.pass(model, 4 * SECOND, 12 * SECOND);

        assertThat(executor.moments()).containsExactly(0L, 0L, 3 * SECOND);
    }

    @Test
    void removedMonkeyBeginsNoFurtherIteration() {
        Flock flock = flock(2, Flocks.loop(Duration.ZERO), Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);
        model.advance(0);
        model.divide(share(flock, 0, 0, 1), 1);

        executor.end(1, true, 2, model);
        executor.end(0, true, 2, model);

        assertThat(executor.begun).hasSize(3).endsWith(new Begun(0, 2));
    }

    @Test
    void monkeyRemovedDuringItsIterationCanReturnLater() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);
        model.advance(0);
        model.divide(share(flock, 0, 0, 1), 1);
        executor.end(1, true, SECOND, model);

        model.divide(share(flock, 0, 0), 2 * SECOND);
        executor.pass(model, 2 * SECOND, 20 * SECOND);

        assertThat(executor.begun)
                .filteredOn(begun -> begun.monkey() == 1)
                .containsExactly(new Begun(1, 0), new Begun(1, 2 * SECOND), new Begun(1, 12 * SECOND));
    }

    @Test
    void batchAfterTheEndDoesNotBegin() {
        Flock flock = flock(8, WORK, Optional.of(Duration.ofMillis(500)));
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);

        executor.pass(model, 0, 5 * SECOND);

        assertThat(executor.monkeys()).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void herdBeginsOnceAfterTheOutage() {
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(20));
        Flock flock = flock(100, herd, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);

        assertThat(model.advance(0)).isEqualTo(SECOND);
        assertThat(model.over(0)).isFalse();
        executor.pass(model, 0, 20 * SECOND - 1);
        assertThat(executor.begun).isEmpty();
        executor.pass(model, 20 * SECOND, 100 * SECOND);

        assertThat(executor.monkeys()).hasSize(100).doesNotHaveDuplicates();
        assertThat(executor.moments()).containsOnly(20 * SECOND);
        assertThat(model.over(100 * SECOND)).isTrue();
    }

    @Test
    void herdIsPreparedInBatchesDuringTheOutage() {
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(3));
        Flock flock = flock(20, herd, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0, 1), -SECOND);

        assertThat(model.advance(-SECOND)).isZero();
        assertThat(executor.prepared).isEmpty();
        assertThat(model.advance(0)).isEqualTo(SECOND);
        assertThat(executor.prepared).containsExactly(0, 2);
        model.divide(share(flock, 0, 0), SECOND);
        assertThat(model.advance(SECOND)).isEqualTo(2 * SECOND);
        assertThat(executor.prepared).as("no monkey twice").containsExactly(0, 2, 1, 3, 4, 5, 6, 7);
        executor.pass(model, 2 * SECOND, 30 * SECOND);

        assertThat(executor.prepared).as("none after the outage").hasSize(12);
        assertThat(executor.monkeys()).hasSize(20);
    }

    @Test
    void noMonkeyIsPreparedAfterTheStop() {
        Flock flock = flock(8, new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(3)), Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -SECOND);
        model.stop(-1);

        executor.pass(model, 0, 30 * SECOND);

        assertThat(executor.prepared).isEmpty();
        assertThat(executor.begun).isEmpty();
    }

    @Test
    void noIterationBeginsAfterTheStop() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel model = model(flock);
        model.divide(share(flock, 0, 0), -1);
        model.advance(0);
        executor.end(0, true, 1, model);

        model.stop(2);
        assertThat(model.over(2)).isFalse();
        executor.end(1, true, 3, model);
        model.divide(share(flock, 0, 0), 4);
        executor.pass(model, 4, 100 * SECOND);

        assertThat(executor.monkeys()).isEqualTo(List.of(0, 1));
        assertThat(model.over(4)).isTrue();
    }
}
