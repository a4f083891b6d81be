package io.livepatch.fleet.load;

import static io.livepatch.fleet.load.Flocks.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.SimulatedTurns.Begun;
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

    private final Monkeys monkeys = new Monkeys(100, 2);
    private final SimulatedTurns turns = new SimulatedTurns();

    private static Flock flock(int count, Workload workload, Optional<Duration> duration) {
        return Flocks.of(count, new StartBatches(4, Duration.ofSeconds(1)), workload, new Load.Closed(), duration);
    }

    private LoadModel rhythm(Flock flock) {
        return LoadModels.of(flock, monkeys, turns, Limits.USUAL, new SplittableRandom(1));
    }

    private static FlockShare share(Flock flock, int replica, Integer... present) {
        return FlockShare.of(flock, new FlockPartition(2, new TreeSet<>(Set.of(present))), replica);
    }

    @Test
    void batchesComeToLifeOneAfterTheOther() {
        Flock flock = flock(10, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 1, 0, 1), -5 * SECOND);

        assertThat(loadModel.advance(-SECOND)).isZero();
        assertThat(turns.begun).isEmpty();
        assertThat(loadModel.alive(-SECOND)).isZero();
        assertThat(loadModel.advance(0)).isEqualTo(SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(1, 3);
        assertThat(loadModel.advance(SECOND)).isEqualTo(2 * SECOND);
        assertThat(loadModel.advance(2 * SECOND)).isEqualTo(LoadModel.NEVER);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(1, 3, 5, 7, 9);
        assertThat(loadModel.alive(2 * SECOND)).isEqualTo(5);
        assertThat(loadModel.over(2 * SECOND)).isFalse();
    }

    @Test
    void aMonkeyIsIdleAfterItsTurnForAsLongAsTheTurnWasGood() {
        Flock flock = flock(1, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);
        loadModel.advance(0);

        turns.end(0, true, SECOND, loadModel);
        assertThat(loadModel.advance(SECOND)).isEqualTo(11 * SECOND);
        loadModel.advance(11 * SECOND);
        turns.end(0, false, 12 * SECOND, loadModel);
        assertThat(loadModel.advance(12 * SECOND)).isEqualTo(15 * SECOND);
        assertThat(turns.moments()).containsExactly(0L, 11 * SECOND);
        assertThat(turns.wakes)
                .as("times the keeper was told of something earlier")
                .isEqualTo(3);
    }

    @Test
    void withoutIdlenessTheNextTurnFollowsAtOnce() {
        Flock flock = flock(1, Flocks.loop(Duration.ZERO), Optional.of(Duration.ofSeconds(5)));
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);
        loadModel.advance(0);

        turns.end(0, true, 3, loadModel);
        turns.end(0, true, 5, loadModel);
        assertThat(turns.moments()).containsExactly(0L, 3L, 5L);
        assertThat(turns.told).isEqualTo(2);
        turns.end(0, true, 5 * SECOND, loadModel);
        assertThat(turns.running).isEmpty();
        assertThat(loadModel.over(5 * SECOND)).isTrue();
    }

    @Test
    void oneThatMayNotRestartHasFinishedAfterAFailure() {
        Flock flock = flock(
                2, new Workload.EmptyLoop(new Workload.Pace(Duration.ZERO, Duration.ZERO, false)), Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);
        loadModel.advance(0);

        turns.end(0, false, 1, loadModel);
        assertThat(monkeys.is(0, Monkeys.FINISHED)).isTrue();
        assertThat(loadModel.alive(1)).isEqualTo(1);
        assertThat(loadModel.over(1)).isFalse();
        turns.end(1, true, 1, loadModel);
        turns.end(1, false, 2, loadModel);
        assertThat(loadModel.over(2)).isTrue();
        assertThat(loadModel.alive(2)).isZero();
    }

    @Test
    void nothingBeginsWhenTheDurationIsOver() {
        Flock flock = flock(8, WORK, Optional.of(Duration.ofSeconds(10)));
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);

        turns.pass(loadModel, 0, 30 * SECOND);

        assertThat(turns.moments()).containsExactly(0L, 0L, 0L, 0L, SECOND, SECOND, SECOND, SECOND);
        assertThat(loadModel.over(9 * SECOND))
                .as("until the last moment somebody could come")
                .isFalse();
        assertThat(loadModel.over(10 * SECOND)).isTrue();
    }

    @Test
    void aReplicaThatJoinsLateBeginsAtOnceWithThoseWhoseBatchHasPassed() {
        Flock flock = flock(12, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), SECOND + 500);

        assertThat(loadModel.advance(SECOND + 500)).isEqualTo(2 * SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(turns.moments()).containsOnly(SECOND + 500);
    }

    @Test
    void whoeverLeavesIsNotBegunAgainAndWhoComesBeginsAtOnce() {
        Flock flock = flock(4, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0, 1), -1);
        turns.pass(loadModel, 0, SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 2);

        loadModel.divide(share(flock, 0, 0), 2 * SECOND);
        loadModel.divide(share(flock, 0, 0), 2 * SECOND);
        turns.pass(loadModel, 2 * SECOND, 3 * SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 2, 1, 3);
        assertThat(loadModel.alive(3 * SECOND)).isEqualTo(4);

        loadModel.divide(share(flock, 0, 0, 1), 4 * SECOND);
        assertThat(loadModel.alive(4 * SECOND)).isEqualTo(2);
        turns.pass(loadModel, 4 * SECOND, 15 * SECOND);
        assertThat(turns.begun).hasSize(6).endsWith(new Begun(0, 10 * SECOND), new Begun(2, 10 * SECOND));
    }

    @Test
    void oneThatLeavesAndComesBackDuringItsTurnHasNoSecondOne() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);
        loadModel.advance(0);

        loadModel.divide(share(flock, 0, 0, 1), 1);
        loadModel.divide(share(flock, 0, 0), 2);
        assertThat(loadModel.alive(3)).isEqualTo(2);
        turns.end(0, true, SECOND, loadModel);
        turns.end(1, true, SECOND, loadModel);
        loadModel.advance(SECOND);
        assertThat(turns.begun).hasSize(2);
        loadModel.advance(11 * SECOND);
        assertThat(turns.begun).hasSize(4);
    }

    @Test
    void oneThatLeftAndCameBackHasNoOtherEntryLeft() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 1, 1), -1);
        loadModel.advance(0);
        turns.end(0, true, SECOND, loadModel);
        loadModel.divide(share(flock, 1, 0, 1), 2 * SECOND);
        loadModel.divide(share(flock, 1, 1), 3 * SECOND);
        turns.end(1, true, 4 * SECOND, loadModel);

        turns.pass(loadModel, 4 * SECOND, 12 * SECOND);

        assertThat(turns.moments()).containsExactly(0L, 0L, 3 * SECOND);
    }

    @Test
    void oneThatLeavesDoesNotGoOnAtOnce() {
        Flock flock = flock(2, Flocks.loop(Duration.ZERO), Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);
        loadModel.advance(0);
        loadModel.divide(share(flock, 0, 0, 1), 1);

        turns.end(1, true, 2, loadModel);
        turns.end(0, true, 2, loadModel);

        assertThat(turns.begun).hasSize(3).endsWith(new Begun(0, 2));
    }

    @Test
    void oneThatLeftInItsTurnAndComesBackGoesOnAsOne() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);
        loadModel.advance(0);
        loadModel.divide(share(flock, 0, 0, 1), 1);
        turns.end(1, true, SECOND, loadModel);

        loadModel.divide(share(flock, 0, 0), 2 * SECOND);
        turns.pass(loadModel, 2 * SECOND, 20 * SECOND);

        assertThat(turns.begun)
                .filteredOn(begun -> begun.monkey() == 1)
                .containsExactly(new Begun(1, 0), new Begun(1, 2 * SECOND), new Begun(1, 12 * SECOND));
    }

    @Test
    void aBatchAfterTheEndDoesNotComeToLife() {
        Flock flock = flock(8, WORK, Optional.of(Duration.ofMillis(500)));
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);

        turns.pass(loadModel, 0, 5 * SECOND);

        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void theHerdComesWhenTheOutageIsOverAndOnce() {
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(20));
        Flock flock = flock(100, herd, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);

        assertThat(loadModel.advance(0)).isEqualTo(SECOND);
        assertThat(loadModel.over(0)).isFalse();
        turns.pass(loadModel, 0, 20 * SECOND - 1);
        assertThat(turns.begun).isEmpty();
        turns.pass(loadModel, 20 * SECOND, 100 * SECOND);

        assertThat(turns.monkeys()).hasSize(100).doesNotHaveDuplicates();
        assertThat(turns.moments()).containsOnly(20 * SECOND);
        assertThat(loadModel.over(100 * SECOND)).isTrue();
    }

    @Test
    void theHerdIsPreparedInItsBatchesUntilTheOutageIsOver() {
        Workload herd = new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(3));
        Flock flock = flock(20, herd, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0, 1), -SECOND);

        assertThat(loadModel.advance(-SECOND)).isZero();
        assertThat(turns.prepared).isEmpty();
        assertThat(loadModel.advance(0)).isEqualTo(SECOND);
        assertThat(turns.prepared).containsExactly(0, 2);
        loadModel.divide(share(flock, 0, 0), SECOND);
        assertThat(loadModel.advance(SECOND)).isEqualTo(2 * SECOND);
        assertThat(turns.prepared).as("nobody twice").containsExactly(0, 2, 1, 3, 4, 5, 6, 7);
        turns.pass(loadModel, 2 * SECOND, 30 * SECOND);

        assertThat(turns.prepared).as("nobody when it is over").hasSize(12);
        assertThat(turns.monkeys()).hasSize(20);
    }

    @Test
    void nobodyIsPreparedAfterTheStop() {
        Flock flock = flock(8, new Workload.ThunderingHerd(Runs.PACE, Duration.ofSeconds(3)), Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -SECOND);
        loadModel.stop(-1);

        turns.pass(loadModel, 0, 30 * SECOND);

        assertThat(turns.prepared).isEmpty();
        assertThat(turns.begun).isEmpty();
    }

    @Test
    void nothingBeginsAfterTheStop() {
        Flock flock = flock(2, WORK, Optional.empty());
        LoadModel loadModel = rhythm(flock);
        loadModel.divide(share(flock, 0, 0), -1);
        loadModel.advance(0);
        turns.end(0, true, 1, loadModel);

        loadModel.stop(2);
        assertThat(loadModel.over(2)).isFalse();
        turns.end(1, true, 3, loadModel);
        loadModel.divide(share(flock, 0, 0), 4);
        turns.pass(loadModel, 4, 100 * SECOND);

        assertThat(turns.monkeys()).isEqualTo(List.of(0, 1));
        assertThat(loadModel.over(4)).isTrue();
    }
}
