package io.livepatch.fleet.load;

import static io.livepatch.fleet.load.Flocks.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.division.Division;
import io.livepatch.fleet.flock.Batches;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Work;
import io.livepatch.fleet.load.SimulatedTurns.Begun;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ClosedRhythmTest {
    private static final Work WORK =
            new Work.EmptyLoop(new Work.Pace(Duration.ofSeconds(10), Duration.ofSeconds(3), true));

    private final Monkeys monkeys = new Monkeys(100, 2);
    private final SimulatedTurns turns = new SimulatedTurns();

    private static Flock flock(int count, Work work, Optional<Duration> duration) {
        return Flocks.of(count, new Batches(4, Duration.ofSeconds(1)), work, new Load.Closed(), duration);
    }

    private Rhythm rhythm(Flock flock) {
        return Rhythms.of(flock, monkeys, turns, Limits.USUAL, new SplittableRandom(1));
    }

    private static Share share(Flock flock, int replica, Integer... present) {
        return Share.of(flock, new Division(2, new TreeSet<>(Set.of(present))), replica);
    }

    @Test
    void batchesComeToLifeOneAfterTheOther() {
        Flock flock = flock(10, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 1, 0, 1), -5 * SECOND);

        assertThat(rhythm.advance(-SECOND)).isZero();
        assertThat(turns.begun).isEmpty();
        assertThat(rhythm.alive(-SECOND)).isZero();
        assertThat(rhythm.advance(0)).isEqualTo(SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(1, 3);
        assertThat(rhythm.advance(SECOND)).isEqualTo(2 * SECOND);
        assertThat(rhythm.advance(2 * SECOND)).isEqualTo(Rhythm.NEVER);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(1, 3, 5, 7, 9);
        assertThat(rhythm.alive(2 * SECOND)).isEqualTo(5);
        assertThat(rhythm.over(2 * SECOND)).isFalse();
    }

    @Test
    void aMonkeyIsIdleAfterItsTurnForAsLongAsTheTurnWasGood() {
        Flock flock = flock(1, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);
        rhythm.advance(0);

        turns.end(0, true, SECOND, rhythm);
        assertThat(rhythm.advance(SECOND)).isEqualTo(11 * SECOND);
        rhythm.advance(11 * SECOND);
        turns.end(0, false, 12 * SECOND, rhythm);
        assertThat(rhythm.advance(12 * SECOND)).isEqualTo(15 * SECOND);
        assertThat(turns.moments()).containsExactly(0L, 11 * SECOND);
        assertThat(turns.wakes)
                .as("times the keeper was told of something earlier")
                .isEqualTo(3);
    }

    @Test
    void withoutIdlenessTheNextTurnFollowsAtOnce() {
        Flock flock = flock(1, Flocks.loop(Duration.ZERO), Optional.of(Duration.ofSeconds(5)));
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);
        rhythm.advance(0);

        turns.end(0, true, 3, rhythm);
        turns.end(0, true, 5, rhythm);
        assertThat(turns.moments()).containsExactly(0L, 3L, 5L);
        assertThat(turns.told).isEqualTo(2);
        turns.end(0, true, 5 * SECOND, rhythm);
        assertThat(turns.running).isEmpty();
        assertThat(rhythm.over(5 * SECOND)).isTrue();
    }

    @Test
    void oneThatMayNotRestartHasFinishedAfterAFailure() {
        Flock flock =
                flock(2, new Work.EmptyLoop(new Work.Pace(Duration.ZERO, Duration.ZERO, false)), Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);
        rhythm.advance(0);

        turns.end(0, false, 1, rhythm);
        assertThat(monkeys.is(0, Monkeys.FINISHED)).isTrue();
        assertThat(rhythm.alive(1)).isEqualTo(1);
        assertThat(rhythm.over(1)).isFalse();
        turns.end(1, true, 1, rhythm);
        turns.end(1, false, 2, rhythm);
        assertThat(rhythm.over(2)).isTrue();
        assertThat(rhythm.alive(2)).isZero();
    }

    @Test
    void nothingBeginsWhenTheDurationIsOver() {
        Flock flock = flock(8, WORK, Optional.of(Duration.ofSeconds(10)));
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);

        turns.pass(rhythm, 0, 30 * SECOND);

        assertThat(turns.moments()).containsExactly(0L, 0L, 0L, 0L, SECOND, SECOND, SECOND, SECOND);
        assertThat(rhythm.over(9 * SECOND))
                .as("until the last moment somebody could come")
                .isFalse();
        assertThat(rhythm.over(10 * SECOND)).isTrue();
    }

    @Test
    void aReplicaThatJoinsLateBeginsAtOnceWithThoseWhoseBatchHasPassed() {
        Flock flock = flock(12, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), SECOND + 500);

        assertThat(rhythm.advance(SECOND + 500)).isEqualTo(2 * SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(turns.moments()).containsOnly(SECOND + 500);
    }

    @Test
    void whoeverLeavesIsNotBegunAgainAndWhoComesBeginsAtOnce() {
        Flock flock = flock(4, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0, 1), -1);
        turns.pass(rhythm, 0, SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 2);

        rhythm.divide(share(flock, 0, 0), 2 * SECOND);
        rhythm.divide(share(flock, 0, 0), 2 * SECOND);
        turns.pass(rhythm, 2 * SECOND, 3 * SECOND);
        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 2, 1, 3);
        assertThat(rhythm.alive(3 * SECOND)).isEqualTo(4);

        rhythm.divide(share(flock, 0, 0, 1), 4 * SECOND);
        assertThat(rhythm.alive(4 * SECOND)).isEqualTo(2);
        turns.pass(rhythm, 4 * SECOND, 15 * SECOND);
        assertThat(turns.begun).hasSize(6).endsWith(new Begun(0, 10 * SECOND), new Begun(2, 10 * SECOND));
    }

    @Test
    void oneThatLeavesAndComesBackDuringItsTurnHasNoSecondOne() {
        Flock flock = flock(2, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);
        rhythm.advance(0);

        rhythm.divide(share(flock, 0, 0, 1), 1);
        rhythm.divide(share(flock, 0, 0), 2);
        assertThat(rhythm.alive(3)).isEqualTo(2);
        turns.end(0, true, SECOND, rhythm);
        turns.end(1, true, SECOND, rhythm);
        rhythm.advance(SECOND);
        assertThat(turns.begun).hasSize(2);
        rhythm.advance(11 * SECOND);
        assertThat(turns.begun).hasSize(4);
    }

    @Test
    void oneThatLeftAndCameBackHasNoOtherEntryLeft() {
        Flock flock = flock(2, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 1, 1), -1);
        rhythm.advance(0);
        turns.end(0, true, SECOND, rhythm);
        rhythm.divide(share(flock, 1, 0, 1), 2 * SECOND);
        rhythm.divide(share(flock, 1, 1), 3 * SECOND);
        turns.end(1, true, 4 * SECOND, rhythm);

        turns.pass(rhythm, 4 * SECOND, 12 * SECOND);

        assertThat(turns.moments()).containsExactly(0L, 0L, 3 * SECOND);
    }

    @Test
    void oneThatLeavesDoesNotGoOnAtOnce() {
        Flock flock = flock(2, Flocks.loop(Duration.ZERO), Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);
        rhythm.advance(0);
        rhythm.divide(share(flock, 0, 0, 1), 1);

        turns.end(1, true, 2, rhythm);
        turns.end(0, true, 2, rhythm);

        assertThat(turns.begun).hasSize(3).endsWith(new Begun(0, 2));
    }

    @Test
    void oneThatLeftInItsTurnAndComesBackGoesOnAsOne() {
        Flock flock = flock(2, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);
        rhythm.advance(0);
        rhythm.divide(share(flock, 0, 0, 1), 1);
        turns.end(1, true, SECOND, rhythm);

        rhythm.divide(share(flock, 0, 0), 2 * SECOND);
        turns.pass(rhythm, 2 * SECOND, 20 * SECOND);

        assertThat(turns.begun)
                .filteredOn(begun -> begun.monkey() == 1)
                .containsExactly(new Begun(1, 0), new Begun(1, 2 * SECOND), new Begun(1, 12 * SECOND));
    }

    @Test
    void aBatchAfterTheEndDoesNotComeToLife() {
        Flock flock = flock(8, WORK, Optional.of(Duration.ofMillis(500)));
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);

        turns.pass(rhythm, 0, 5 * SECOND);

        assertThat(turns.monkeys()).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void theHerdComesWhenTheOutageIsOverAndOnce() {
        Work herd = new Work.ThunderingHerd(Runs.PACE, Duration.ofSeconds(20));
        Flock flock = flock(100, herd, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);

        assertThat(rhythm.advance(0)).isEqualTo(SECOND);
        assertThat(rhythm.over(0)).isFalse();
        turns.pass(rhythm, 0, 20 * SECOND - 1);
        assertThat(turns.begun).isEmpty();
        turns.pass(rhythm, 20 * SECOND, 100 * SECOND);

        assertThat(turns.monkeys()).hasSize(100).doesNotHaveDuplicates();
        assertThat(turns.moments()).containsOnly(20 * SECOND);
        assertThat(rhythm.over(100 * SECOND)).isTrue();
    }

    @Test
    void theHerdIsPreparedInItsBatchesUntilTheOutageIsOver() {
        Work herd = new Work.ThunderingHerd(Runs.PACE, Duration.ofSeconds(3));
        Flock flock = flock(20, herd, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0, 1), -SECOND);

        assertThat(rhythm.advance(-SECOND)).isZero();
        assertThat(turns.prepared).isEmpty();
        assertThat(rhythm.advance(0)).isEqualTo(SECOND);
        assertThat(turns.prepared).containsExactly(0, 2);
        rhythm.divide(share(flock, 0, 0), SECOND);
        assertThat(rhythm.advance(SECOND)).isEqualTo(2 * SECOND);
        assertThat(turns.prepared).as("nobody twice").containsExactly(0, 2, 1, 3, 4, 5, 6, 7);
        turns.pass(rhythm, 2 * SECOND, 30 * SECOND);

        assertThat(turns.prepared).as("nobody when it is over").hasSize(12);
        assertThat(turns.monkeys()).hasSize(20);
    }

    @Test
    void nobodyIsPreparedAfterTheStop() {
        Flock flock = flock(8, new Work.ThunderingHerd(Runs.PACE, Duration.ofSeconds(3)), Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -SECOND);
        rhythm.stop(-1);

        turns.pass(rhythm, 0, 30 * SECOND);

        assertThat(turns.prepared).isEmpty();
        assertThat(turns.begun).isEmpty();
    }

    @Test
    void nothingBeginsAfterTheStop() {
        Flock flock = flock(2, WORK, Optional.empty());
        Rhythm rhythm = rhythm(flock);
        rhythm.divide(share(flock, 0, 0), -1);
        rhythm.advance(0);
        turns.end(0, true, 1, rhythm);

        rhythm.stop(2);
        assertThat(rhythm.over(2)).isFalse();
        turns.end(1, true, 3, rhythm);
        rhythm.divide(share(flock, 0, 0), 4);
        turns.pass(rhythm, 4, 100 * SECOND);

        assertThat(turns.monkeys()).isEqualTo(List.of(0, 1));
        assertThat(rhythm.over(4)).isTrue();
    }
}
